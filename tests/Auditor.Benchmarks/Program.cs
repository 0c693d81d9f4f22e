using System.Diagnostics;
using System.Xml;
using Auditor.Benchmarks;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.Reports.Json;
using Auditor.Rules;
using Auditor.Simulators;
using Auditor.Trace;

// Times an audit of a generated corpus against a bare XmlReader pass over the same files in the same process, which is the only kind of figure that means anything on
// a shared machine. Usage: auditor-bench [FOLDER] [--bundles N] [--rounds N]. With a FOLDER, that is audited instead of a generated one.
// auditor-bench history [--entities N] [--nights N] [--documents N] keeps nights of a generated estate in a store, and compares them.
// auditor-bench okta [--servers N] [--policies N] [--apps N] [--service-apps N] [--groups N] collects a generated org instead.
// auditor-bench estate [--proxies N] [--revisions N] [--entries N] [--rounds N] collects a generated estate of both sides: by the program that was built, or the one that
// AUDITOR_BINARY names, and by the clock of simulators that enforce their limits.
if (args is ["okta", ..])
{
    await OktaBenchmark.RunAsync(
        new GeneratedOrg(
            Option("--servers", 200),
            Option("--policies", 3),
            Option("--apps", 5_000),
            Option("--service-apps", 250),
            Option("--groups", 1_000)
        )
    );
    return 0;
}

if (args is ["estate", ..])
{
    var usual = new GeneratedEstate();
    await EstateBenchmark.RunAsync(
        new GeneratedEstate
        {
            Proxies = Option("--proxies", usual.Proxies),
            DeployedRevisions = Option("--revisions", usual.DeployedRevisions),
            MapEntries = Option("--entries", usual.MapEntries),
        },
        Option("--rounds", 3)
    );
    return 0;
}

if (args is ["history", ..])
{
    await HistoryBenchmark.RunAsync(Option("--entities", 20_000), Option("--nights", 400), Option("--documents", 6));
    return 0;
}

var folder = args is [var first, ..] && !first.StartsWith('-') ? first : null;
var bundles = Option("--bundles", 500);
var rounds = Option("--rounds", 5);
var generated = folder is null;
folder ??= GeneratedBundle.Write(Path.Combine(Path.GetTempPath(), "auditor-bench-" + Environment.ProcessId), bundles);
try
{
    var files = Directory.GetFiles(folder, "*.xml", SearchOption.AllDirectories);
    var rules = RuleCatalog.All.Select(rule => (rule, new RuleDescription(rule.Info, "", []))).ToArray();
    Console.WriteLine($"{files.Length} XML files, {Environment.ProcessorCount} processors, {rules.Length} rules");

    // One audit in a process that did nothing before it: what a user's machine needs for it.
    Audit(await Read(folder), rules);
    var peak = PeakMegabytes();
    var input = await Read(folder);
    var finished = Engine(input, rules);
    var passes = new (string Name, Action Run)[]
    {
        ("XmlReader pass", () => XmlPass(files)),
        ("read", () => Read(folder).GetAwaiter().GetResult()),
        ("trace", () => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None)),
        ("engine, with trace", () => Engine(input, rules)),
        ("json report", () => JsonReport.Render(finished)),
        ("audit (whole)", () => Audit(Read(folder).GetAwaiter().GetResult(), rules)),
    };
    var times = passes.Select(_ => new List<(double Elapsed, double Processor)>()).ToArray();

    // Pass by pass in every round, so that what else the machine does meanwhile meets all of them alike; the first round warms up.
    for (var round = 0; round <= rounds; round++)
    {
        for (var i = 0; i < passes.Length; i++)
        {
            var time = Time(passes[i].Run);
            if (round > 0)
            {
                times[i].Add(time);
            }
        }
    }

    var elapsed = times.Select(pass => Median([.. pass.Select(time => time.Elapsed)])).ToArray();
    var processor = times.Select(pass => Median([.. pass.Select(time => time.Processor)])).ToArray();
    Console.WriteLine($"{"", -18} {"elapsed", 11} {"", 6} {"processor", 11}");
    for (var i = 0; i < passes.Length; i++)
    {
        Console.WriteLine(
            $"{passes[i].Name, -18} {elapsed[i], 8:F0} ms {elapsed[i] / elapsed[0], 6:F2} {processor[i], 8:F0} ms {processor[i] / processor[0], 6:F2}"
        );
    }

    Console.WriteLine(
        $"the same with the trace / without it {elapsed[^1] / (elapsed[^1] - elapsed[2]):F2}; on the processor {processor[^1] / (processor[^1] - processor[2]):F2}"
    );
    Console.WriteLine($"peak working set of the first audit {peak} MB");
    RuleShares(input, processor[^1]);
}
finally
{
    if (generated)
    {
        Directory.Delete(folder, recursive: true);
    }
}

return 0;

int Option(string name, int otherwise)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], System.Globalization.CultureInfo.InvariantCulture) : otherwise;
}

static (double Elapsed, double Processor) Time(Action action)
{
    GC.Collect();
    var before = Environment.CpuUsage.TotalTime;
    var watch = Stopwatch.StartNew();
    action();
    return (watch.Elapsed.TotalMilliseconds, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
}

// The mean of the rounds: a rule takes less than the clock of a processor's time can tell from nothing.
double Processor(Action action)
{
    action();
    var before = Environment.CpuUsage.TotalTime;
    for (var i = 0; i < rounds; i++)
    {
        action();
    }

    return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / rounds;
}

static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

static void XmlPass(string[] files)
{
    foreach (var file in files)
    {
        using var stream = File.OpenRead(file);
        using var reader = XmlReader.Create(stream);
        try
        {
            while (reader.Read())
            {
                while (reader.MoveToNextAttribute())
                {
                    _ = reader.Value;
                }
            }
        }
        catch (XmlException)
        {
            // Real corpora hold malformed files; the audit reads on, too.
        }
    }
}

static Task<Input> Read(string folder) =>
    new InputReader(new Redactor()).ReadAsync([folder], Path.GetDirectoryName(folder)!, CancellationToken.None);

// What each rule takes of a whole audit of the same files, on the processor. What several rules ask for and nobody works out twice (who obtains which token) is counted with none of them.
void RuleShares(Input audited, double whole)
{
    var context = new AuditContext(
        TracedLandscape.Build(audited.Landscape, new AuditSettings(), null, CancellationToken.None),
        new AuditSettings(),
        DateTimeOffset.UnixEpoch
    );
    var subjects = new SubjectCatalog(context.Traced, null);
    var runner = new RuleRunner(context, subjects);
    var shares = RuleCatalog
        .All.Select(rule => (rule.Info, Share: Processor(() => runner.Run([rule], CancellationToken.None)) / whole))
        .OrderByDescending(item => item.Share)
        .ToList();
    Console.WriteLine("\nshare of a run per rule");
    foreach (var (info, share) in shares)
    {
        Console.WriteLine($"{info.Id}  {info.Name, -34} {share, 8:P2}{(share > 0.01 ? "  more than 1 %" : "")}");
    }

    Console.WriteLine(
        $"all {shares.Count} rules {shares.Sum(item => item.Share), 32:P2}; {shares.Count(item => item.Share > 0.01)} take more than 1 %"
    );
}

static void Audit(Input input, (IRule, RuleDescription)[] rules)
{
    _ = JsonReport.Render(Engine(input, rules));
}

static AuditRun Engine(Input input, (IRule, RuleDescription)[] rules) =>
    AuditEngine.Run(input.Landscape, input.Texts.Find, rules, new AuditOptions(), DateTimeOffset.UnixEpoch, null, CancellationToken.None);

static long PeakMegabytes()
{
#pragma warning disable RS0030 // The benchmark measures its own process; nothing is started.
    using var own = Process.GetCurrentProcess();
    return own.PeakWorkingSet64 / 1024 / 1024;
#pragma warning restore RS0030
}
