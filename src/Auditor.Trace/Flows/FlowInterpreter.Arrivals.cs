using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>What a request carries, and where it goes, at the end of a way.</content>
internal sealed partial class FlowInterpreter
{
    /// <summary>The values of a variable when all steps of a way have run.</summary>
    public Alternative[] Arriving(FlowPath path, string variable) => Read(variable, path.State, program.Bundle);

    /// <summary>The URL a way leads to. A step may have set <c>target.url</c>, which wins over what the target says.</summary>
    public Resolution Address(FlowPath path)
    {
        var written = path.Target?.Connection is TargetConnection.Http { Url: { } template } ? template : path.Route?.Url;
        var url = written is null ? Null : Expand(written.Text, written.Location, path.State, program.Bundle);
        if (path.State.TryGet("target.url", out var set))
        {
            var result = new List<Alternative>();
            foreach (var alternative in set)
            {
                if (alternative.Value is FlowValue.Missing or FlowValue.Named { Symbol.Name: "target.url" })
                {
                    foreach (var original in url)
                    {
                        Merge(result, original with { Guard = diagram.And(alternative.Guard, original.Guard) });
                    }
                }
                else
                {
                    Merge(result, alternative);
                }
            }

            url = [.. result];
        }
        else if (written is null)
        {
            return Resolution.Absent.Instance;
        }

        return Resolve(url, path.Reaches, "URL", written?.Location ?? path.Target?.Location ?? program.Bundle.Location);
    }
}
