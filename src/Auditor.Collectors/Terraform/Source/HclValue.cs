namespace Auditor.Collectors.Terraform.Source;

/// <summary>What a value of Terraform is.</summary>
internal enum HclKind
{
    /// <summary>The sources alone do not say it.</summary>
    Unknown,

    /// <summary>It is not set.</summary>
    Null,

    /// <summary>True or false.</summary>
    Bool,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A list, a tuple, or a set in its order.</summary>
    List,

    /// <summary>A map or an object.</summary>
    Object,

    /// <summary>A resource or a module, of which attributes can be asked for.</summary>
    Thing,
}

/// <summary>
/// A value that an expression of Terraform has. What is not certain is <see cref="HclKind.Unknown"/>, and stays that through everything that is made of it; what is marked as sensitive
/// stays marked.
/// </summary>
internal sealed class HclValue
{
    /// <summary>The most values and pieces of text that one value may hold: sources can double a value in every line, and what is larger is not known.</summary>
    public const long MaxSize = 1_000_000;

    // Before the values that are made of it.
    private static readonly ImmutableSortedDictionary<string, HclValue> NoMembers = ImmutableSortedDictionary.Create<string, HclValue>(
        StringComparer.Ordinal
    );

    private HclValue(HclKind kind) => Kind = kind;

    /// <summary>The value that is not known.</summary>
    public static HclValue Unknown { get; } = new(HclKind.Unknown) { IsWhollyKnown = false };

    /// <summary>The value that is not set.</summary>
    public static HclValue Null { get; } = new(HclKind.Null);

    /// <summary>The list without items.</summary>
    public static HclValue EmptyList { get; } = new(HclKind.List);

    /// <summary>What it is.</summary>
    public HclKind Kind { get; }

    /// <summary>The text.</summary>
    public string Text { get; private init; } = "";

    /// <summary>The number.</summary>
    public decimal Number { get; private init; }

    /// <summary>Whether it is true.</summary>
    public bool IsTrue { get; private init; }

    /// <summary>The items of a list.</summary>
    public ImmutableArray<HclValue> Items { get; private init; } = [];

    /// <summary>The members of an object, in the order in which Terraform walks them.</summary>
    public ImmutableSortedDictionary<string, HclValue> Members { get; private init; } = NoMembers;

    /// <summary>The attributes of a thing.</summary>
    public Func<string, HclValue>? Attributes { get; private init; }

    /// <summary>The addresses of the resources that a value which is not known will come from, whole.</summary>
    public ImmutableArray<string> Refers { get; private init; } = [];

    /// <summary>Whether it may not be shown.</summary>
    public bool IsSensitive { get; private init; }

    /// <summary>How much it holds.</summary>
    public long Size { get; private init; } = 1;

    /// <summary>Whether it is known, though parts of it may not be.</summary>
    public bool IsKnown => Kind != HclKind.Unknown;

    /// <summary>A text.</summary>
    public static HclValue Of(string text) =>
        text.Length > 16 * MaxSize ? Unknown : new(HclKind.Text) { Text = text, Size = 1 + (text.Length / 16) };

    /// <summary>A number.</summary>
    public static HclValue Of(decimal number) => new(HclKind.Number) { Number = number };

    /// <summary>A truth.</summary>
    public static HclValue Of(bool truth) => new(HclKind.Bool) { IsTrue = truth };

    /// <summary>A list.</summary>
    public static HclValue Of(IEnumerable<HclValue> items, bool isSet = false)
    {
        ImmutableArray<HclValue> all = [.. items];
        var size = 1 + all.Sum(item => item.Size);
        return size > MaxSize
            ? Unknown
            : new(HclKind.List)
            {
                Items = all,
                IsSet = isSet,
                Size = size,
                HoldsMark = all.Any(item => item.HoldsMark),
                IsWhollyKnown = all.All(item => item.IsWhollyKnown),
            };
    }

    /// <summary>An object.</summary>
    public static HclValue Of(IEnumerable<KeyValuePair<string, HclValue>> members)
    {
        var all = NoMembers.SetItems(members);
        var size = 1 + all.Sum(member => member.Value.Size + (member.Key.Length / 16));
        return size > MaxSize
            ? Unknown
            : new(HclKind.Object)
            {
                Members = all,
                Size = size,
                HoldsMark = all.Values.Any(member => member.HoldsMark),
                IsWhollyKnown = all.Values.All(member => member.IsWhollyKnown),
            };
    }

    /// <summary>A thing, of which attributes can be asked for.</summary>
    public static HclValue Thing(Func<string, HclValue> attributes) =>
        new(HclKind.Thing) { Attributes = attributes, IsWhollyKnown = false };

    /// <summary>A value that is not known, and that a resource will have.</summary>
    public static HclValue Referring(string address) => new(HclKind.Unknown) { Refers = [address], IsWhollyKnown = false };

    /// <summary>The same value, marked as sensitive when something that it was made of is.</summary>
    public HclValue Marked(bool isSensitive) => !isSensitive || IsSensitive ? this : Copy(true);

    /// <summary>The same value without a mark.</summary>
    public HclValue Unmarked() => IsSensitive ? Copy(false) : this;

    /// <summary>Whether it, or any part of it, is marked.</summary>
    public bool HoldsMark { get; private init; }

    /// <summary>Whether every part of it is known.</summary>
    public bool IsWhollyKnown { get; private init; } = true;

    /// <summary>Whether it is a list that has no places, only items: a set.</summary>
    public bool IsSet { get; private init; }

    /// <summary>The value as a text, as Terraform turns one into it; null when it is none.</summary>
    public string? AsText() =>
        Kind switch
        {
            HclKind.Text => Text,
            HclKind.Number => Written(Number),
            HclKind.Bool => IsTrue ? "true" : "false",
            _ => null,
        };

    /// <summary>The value as a truth; null when it is none.</summary>
    public bool? AsTruth() =>
        this switch
        {
            { Kind: HclKind.Bool } => IsTrue,
            { Kind: HclKind.Text, Text: "true" } => true,
            { Kind: HclKind.Text, Text: "false" } => false,
            _ => null,
        };

    /// <summary>The value as a number; null when it is none, or one that cannot be held exactly.</summary>
    public decimal? AsNumber() =>
        Kind == HclKind.Number ? Number
        : Kind == HclKind.Text ? NumberOf(Text)
        : null;

    /// <summary>A number as it is written; null when it is none, or one that cannot be held exactly.</summary>
    public static decimal? NumberOf(string text) =>
        text.Length is > 0 and <= 28
        && decimal.TryParse(
            text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out var number
        )
        // A tiny number would be 0 here.
        && (number != 0 || !text.Split('e', 'E')[0].AsSpan().ContainsAnyInRange('1', '9'))
            ? number
            : null;

    /// <summary>A number in the shortest form.</summary>
    public static string Written(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);

    /// <summary>
    /// Whether two values are the same; null when that is not known. It depends on their types, which not all sources say: only texts, numbers and truths are compared with their like.
    /// </summary>
    public static bool? Same(HclValue left, HclValue right) =>
        (left.Kind, right.Kind) switch
        {
            (HclKind.Unknown or HclKind.Thing, _) or (_, HclKind.Unknown or HclKind.Thing) => null,
            (HclKind.Null, _) or (_, HclKind.Null) => left.Kind == right.Kind,
            (HclKind.Bool, HclKind.Bool) => left.IsTrue == right.IsTrue,
            (HclKind.Number, HclKind.Number) => left.Number == right.Number,
            (HclKind.Text, HclKind.Text) => left.Text == right.Text,
            _ => null,
        };

    private HclValue Copy(bool isSensitive) =>
        new(Kind)
        {
            Text = Text,
            Number = Number,
            IsTrue = IsTrue,
            Items = Items,
            Members = Members,
            Attributes = Attributes,
            Refers = Refers,
            Size = Size,
            IsSet = IsSet,
            IsWhollyKnown = IsWhollyKnown,
            IsSensitive = isSensitive,
            HoldsMark = isSensitive || Items.Any(item => item.HoldsMark) || Members.Values.Any(member => member.HoldsMark),
        };
}
