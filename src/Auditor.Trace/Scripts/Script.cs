using System.Text.RegularExpressions;
using Acornima;
using Auditor.Model.Apigee;
using Auditor.Trace.Flows;
using SourceLocation = Auditor.Model.SourceLocation;

namespace Auditor.Trace.Scripts;

/// <summary>A script of a bundle: parsed JavaScript, or the reason why it is not read.</summary>
internal sealed partial class Script
{
    private const int MaxLength = 256 * 1024;
    private const int MaxNesting = 150;

    private Script(Acornima.Ast.Script? program, string whyOpaque, bool mayCheckCredentials)
    {
        Program = program;
        WhyOpaque = whyOpaque;
        MayCheckCredentials = mayCheckCredentials;
    }

    /// <summary>The program; null when it is not read.</summary>
    public Acornima.Ast.Script? Program { get; }

    /// <summary>Why it is not read, and so what would have to be known.</summary>
    public string WhyOpaque { get; }

    /// <summary>Whether code that is not read may be what checks the caller's credential: by what its text touches, or, where there is no text, by its names.</summary>
    public bool MayCheckCredentials { get; }

    /// <summary>The script of a policy.</summary>
    public static Script Of(ScriptPolicy policy, Bundle owner, TraceKnowledge knowledge)
    {
        var names = $"{policy.Name} {policy.ResourceUrl} {policy.ClassName}";
        if (!policy.IsJavaScript)
        {
            var what = policy.ResourceUrl ?? policy.ClassName ?? policy.Name;
            var text = policy.ResourceUrl is { } url ? owner.FindResource(url)?.Text : null;

            // Compiled code can do anything; Python at least says which variables it touches.
            return new Script(
                null,
                $"what '{what}' does",
                policy.Kind == "JavaCallout" || (text is null ? NamesACheck(names) : TouchesCredentials(text))
            );
        }

        if (
            policy.IncludeUrls.Append(policy.ResourceUrl).FirstOrDefault(url => url is not null && owner.FindResource(url)?.Text is null) is
            { } missing
        )
        {
            return new Script(null, $"the source of '{missing}', which is not in the bundle", NamesACheck(names));
        }

        var sources = Sources(policy, owner);
        if (sources.Count == 0)
        {
            return new Script(null, $"the source of '{policy.Name}'", NamesACheck(names));
        }

        var code = string.Join('\n', sources.Select(source => source.Text));
        return knowledge.Parse(code, () => Parse(code, policy.ResourceUrl ?? policy.Name));
    }

    /// <summary>The texts that make up the script, in the order in which they run, each with its file; the policy where the source stands in it.</summary>
    public static List<(SourceLocation File, string Text)> Sources(ScriptPolicy policy, Bundle owner)
    {
        var sources = new List<(SourceLocation, string)>();
        foreach (var url in policy.IncludeUrls.Append(policy.ResourceUrl).OfType<string>())
        {
            if (owner.FindResource(url) is { Text: { } text } resource)
            {
                sources.Add((resource.Location, text));
            }
        }

        if (policy.InlineSource is { } inline)
        {
            sources.Add((policy.Location, inline));
        }

        return sources;
    }

    private static Script Parse(string code, string what)
    {
        if (code.Length > MaxLength || IsDeeplyNested(code))
        {
            return new Script(null, $"'{what}', which is too large to be read", TouchesCredentials(code));
        }

        try
        {
#pragma warning disable CS0618 // Regular expressions of audited scripts are never compiled; the option goes away together with the conversion it switches off.
            var parser = new Parser(
                new ParserOptions
                {
                    Tolerant = true,
                    RegExpParseMode = RegExpParseMode.Skip,
                    AllowReturnOutsideFunction = true,
                }
            );
#pragma warning restore CS0618
            return new Script(parser.ParseScript(code), "", TouchesCredentials(code));
        }
        catch (Exception e) when (e is ParseErrorException or InsufficientExecutionStackException)
        {
            return new Script(null, $"'{what}', which is not JavaScript that can be read", TouchesCredentials(code));
        }
    }

    private static bool IsDeeplyNested(string code)
    {
        var depth = 0;
        foreach (var c in code)
        {
            depth +=
                c is '(' or '[' or '{' ? 1
                : c is ')' or ']' or '}' ? -1
                : 0;
            if (depth > MaxNesting)
            {
                return true;
            }
        }

        return false;
    }

    private static bool NamesACheck(string names) => CheckName().Matches(names).Any(match => !match.Groups["not"].Success);

    private static bool TouchesCredentials(string code) => Credential().IsMatch(code);

    // No pattern here backtracks: what a script is taken for may not depend on how busy the machine is. What must not follow is captured as 'not'.
    [GeneratedRegex(
        """(?i)auth|jwt|verif|valid(?<not>ity)?|check|token(?<not>s?(count|url|expir))?|credential|signature|hmac|login|session|introspect|permission|access[-_ ]?control|allow|deny|block|polic(y|e)|acl|guard""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex CheckName();

    [GeneratedRegex(
        """(?i)authorization|access_token|id_token|bearer|api[-_]?key|jwt|\bthrow\b|introspect|signature|hmac|getHMAC|verify""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Credential();
}
