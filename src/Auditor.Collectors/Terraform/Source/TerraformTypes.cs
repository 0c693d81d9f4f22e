namespace Auditor.Collectors.Terraform.Source;

/// <summary>Turns the value of a variable into the type that the variable is declared with, and fills in what the type says of attributes that are left out.</summary>
internal static class TerraformTypes
{
    /// <summary>The value as one of the type; not known when Terraform would refuse it, or when the type is not understood.</summary>
    public static HclValue Convert(HclValue value, HclExpression type, HclEvaluator evaluator)
    {
        evaluator.Spend(1 + value.Items.Length + value.Members.Count);
        return value.Kind is HclKind.Unknown or HclKind.Null or HclKind.Thing
            ? value
            : Converted(value, type, evaluator).Marked(value.IsSensitive);
    }

    private static HclValue Converted(HclValue value, HclExpression type, HclEvaluator evaluator)
    {
        switch (type)
        {
            case HclExpression.Root { Name: "any" }:
                return value;
            case HclExpression.Root { Name: "string" }:
                return value.AsText() is { } text ? HclValue.Of(text) : HclValue.Unknown;
            case HclExpression.Root { Name: "number" }:
                return value.AsNumber() is { } number ? HclValue.Of(number) : HclValue.Unknown;
            case HclExpression.Root { Name: "bool" }:
                return value.AsTruth() is { } truth ? HclValue.Of(truth) : HclValue.Unknown;
            case HclExpression.Call { Name: "list", Arguments: [var item] } when value.Kind == HclKind.List:
                return HclValue.Of(value.Items.Select(one => Convert(one, item, evaluator)));
            case HclExpression.Call { Name: "set", Arguments: [var item] } when value.Kind == HclKind.List:
                return HclFunctions.Set(HclValue.Of(value.Items.Select(one => Convert(one, item, evaluator))));
            case HclExpression.Call { Name: "map", Arguments: [var item] } when value.Kind == HclKind.Object:
                return HclValue.Of(value.Members.Select(one => KeyValuePair.Create(one.Key, Convert(one.Value, item, evaluator))));
            case HclExpression.Call { Name: "tuple", Arguments: [HclExpression.List items] }
                when value.Kind == HclKind.List && value.Items.Length == items.Items.Length:
                return HclValue.Of(value.Items.Select((one, i) => Convert(one, items.Items[i], evaluator)));
            case HclExpression.Call { Name: "object", Arguments: [HclExpression.Object members] } when value.Kind == HclKind.Object:
                return Object(value, members, evaluator);
            // Without what it holds: any.
            case HclExpression.Root { Name: "list" } when value.Kind == HclKind.List:
                return value;
            case HclExpression.Root { Name: "map" } when value.Kind == HclKind.Object:
                return value;
            default:
                return HclValue.Unknown;
        }
    }

    private static HclValue Object(HclValue value, HclExpression.Object type, HclEvaluator evaluator)
    {
        var members = new List<KeyValuePair<string, HclValue>>();
        foreach (var (key, declared) in type.Members)
        {
            if (key is not HclExpression.Literal { Value: { Kind: HclKind.Text } name })
            {
                return HclValue.Unknown;
            }

            var own = value.Members.GetValueOrDefault(name.Text);
            if (declared is HclExpression.Call { Name: "optional", Arguments: [var inner, .. var rest] })
            {
                own =
                    own is { Kind: not HclKind.Null } ? own
                    : rest is [var otherwise] ? evaluator.Value(otherwise, HclScope.Empty)
                    : HclValue.Null;
                members.Add(new(name.Text, Convert(own, inner, evaluator)));
            }
            else if (own is not null)
            {
                members.Add(new(name.Text, Convert(own, declared, evaluator)));
            }
            else
            {
                return HclValue.Unknown;
            }
        }

        return HclValue.Of(members);
    }
}
