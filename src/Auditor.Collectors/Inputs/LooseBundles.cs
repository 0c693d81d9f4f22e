using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Inputs;

/// <summary>Bundles that come without an organization.</summary>
internal sealed class LooseBundles
{
    private readonly List<Bundle> bundles = [];
    private readonly List<string> labels = [];

    public int Count => labels.Count;

    public void Add(string label, ImmutableArray<Bundle> read)
    {
        labels.Add(label);
        bundles.AddRange(read);
    }

    public void Touch(string label) => labels.Add(label);

    public ApigeeOrganization Organization() =>
        new()
        {
            Name = "bundles",
            IsBundlesOnly = true,
            Proxies = Collected<Bundle>.Of([.. bundles.Where(bundle => bundle.Kind == BundleKind.Proxy)]),
            SharedFlows = new Collected<Bundle>(
                [.. bundles.Where(bundle => bundle.Kind == BundleKind.SharedFlow)],
                new Coverage.NotCollected("only the bundles given are known")
            ),
            Location = new SourceLocation(labels[0]),
        };
}
