using System.Text.Json;
using Auditor.Cli.Tests.Evidence;
using Auditor.Testing;
using YamlDotNet.RepresentationModel;

namespace Auditor.Cli.Tests;

/// <summary>What lies ready for pipelines and clusters is YAML that says what it has to, and what it runs is run, with the real program.</summary>
public sealed class Deployments
{
    private const string Action = ".github/actions/audit/action.yml";
    private const string GitLab = "deploy/gitlab/auditor.gitlab-ci.yml";
    private const string Kubernetes = "deploy/kubernetes/auditor-nightly.yaml";

    [Fact]
    public async Task The_action_annotates_summarises_leaves_its_reports_and_fails_with_the_audit()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(Path.Combine(folder.Path, "estate"));
        var step = At(Read(Action), "runs", "steps")[0];
        var inputs = At(Read(Action), "inputs");
        var environment = new Dictionary<string, string>
        {
            ["GITHUB_ACTIONS"] = "true",
            ["GITHUB_OUTPUT"] = folder.Write("output", ""),
            ["GITHUB_STEP_SUMMARY"] = folder.Write("summary", ""),
        };
        foreach (var (name, value) in (YamlMappingNode)step["env"])
        {
            var input = Text(value).Replace("${{ inputs.", "", StringComparison.Ordinal).Replace(" }}", "", StringComparison.Ordinal);
            environment[Text(name)] = input == "paths" ? "estate\n" : Text(inputs[input]["default"]);
        }

        var script = Text(step["run"]);
        var run = await AuditorProgram.BashAsync(folder.Path, script, environment);

        // An expression inside of a script is code that others write.
        Assert.DoesNotContain("${{", script, StringComparison.Ordinal);
        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.All(run.Output.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("::", line, StringComparison.Ordinal));
        Assert.StartsWith("# auditor: failed", File.ReadAllText(Path.Combine(folder.Path, "summary")), StringComparison.Ordinal);
        var outputs = File.ReadAllLines(Path.Combine(folder.Path, "output"))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal("1", outputs["exit-code"]);
        Assert.True(File.Exists(Path.Combine(folder.Path, outputs["html"])));
        var log = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, outputs["sarif"]))).RootElement;
        Assert.All(
            log.GetProperty("runs")[0].GetProperty("results").EnumerateArray(),
            result => Assert.Equal("fail", result.GetProperty("kind").GetString())
        );
    }

    [Fact]
    public async Task Linters_of_others_have_nothing_to_say_of_what_lies_ready()
    {
        using var folder = new TemporaryFolder();
        folder.Write("action.sh", "#!/usr/bin/env bash\n" + Text(At(Read(Action), "runs", "steps")[0]["run"]));
        folder.Write(
            "gitlab.sh",
            "#!/bin/sh\n" + string.Join('\n', ((YamlSequenceNode)Read(GitLab)[".auditor"]["script"]).Select(Text)) + "\n"
        );

        // Unquoted where a variable holds several paths (SC2086), and set by whoever includes the job (SC2154).
        await Tools.SucceedAsync("shellcheck", folder.Path, "--severity=warning", "action.sh");
        await Tools.SucceedAsync("shellcheck", folder.Path, "--severity=warning", "--exclude=SC2086,SC2154", "gitlab.sh");
        foreach (var file in new[] { Action, GitLab, Kubernetes, "deploy/github/auditor-nightly.yml", "deploy/google/auditor-reader.yaml" })
        {
            await Tools.SucceedAsync(
                "yamllint",
                Repository.Root,
                "-d",
                "{extends: relaxed, rules: {line-length: disable}}",
                "--strict",
                file
            );
        }
    }

    [Fact]
    public async Task The_action_says_so_where_the_program_is_missing()
    {
        using var folder = new TemporaryFolder();
        var script = Text(At(Read(Action), "runs", "steps")[0]["run"]);

        var run = await AuditorProgram.BashAsync(folder.Path, script, new Dictionary<string, string> { ["PROGRAM"] = "no-such-auditor" });

        Assert.Equal(2, run.Code);
        Assert.Contains(
            "::error title=auditor::The program 'no-such-auditor' is not on this runner.",
            run.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_GitLab_job_leaves_what_GitLab_reads()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        var template = Read(GitLab);
        var job = template[".auditor"];
        var script = string.Join('\n', ((YamlSequenceNode)job["script"]).Select(Text).Prepend("set -e"));
        var environment = ((YamlMappingNode)template["variables"]).ToDictionary(pair => Text(pair.Key), pair => Text(pair.Value));

        var run = await AuditorProgram.BashAsync(folder.Path, script, environment);

        Assert.Equal((1, ""), (run.Code, run.Error));
        var reports = (YamlMappingNode)At(job, "artifacts", "reports");
        Assert.All(reports, report => Assert.True(File.Exists(Path.Combine(folder.Path, Text(report.Value))), Text(report.Value)));
        Assert.NotEmpty(
            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, Text(reports["codequality"])))).RootElement.EnumerateArray()
        );
        Assert.All(
            ((YamlMappingNode)template).Children.Keys.Select(Text).Where(name => name.StartsWith("auditor", StringComparison.Ordinal)),
            name => Assert.Equal(".auditor", Text(template[name]["extends"]))
        );
    }

    [Fact]
    public async Task The_nightly_job_in_a_cluster_has_no_rights_and_its_command_line_is_one()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(Path.Combine(folder.Path, "estate"));
        folder.Write("auditor.yaml", "");
        var pod = At(Read(Kubernetes), "spec", "jobTemplate", "spec", "template", "spec");
        var container = pod["containers"][0];
        var arguments = ((YamlSequenceNode)container["args"]).Select(argument =>
            Text(argument)
                .Replace("/etc/auditor", folder.Path, StringComparison.Ordinal)
                .Replace("/reports", folder.Path, StringComparison.Ordinal)
        );

        var run = await AuditorProgram.RunAsync(folder.Path, [.. arguments, "estate"]);

        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.All(
            new[] { "auditor.html", "auditor.sarif", "auditor.ndjson" },
            file => Assert.True(File.Exists(Path.Combine(folder.Path, file)))
        );
        Assert.Equal("false", Text(pod["automountServiceAccountToken"]));
        Assert.Equal("true", Text(At(pod, "securityContext", "runAsNonRoot")));
        Assert.Equal("true", Text(At(container, "securityContext", "readOnlyRootFilesystem")));
        Assert.Equal("false", Text(At(container, "securityContext", "allowPrivilegeEscalation")));
        Assert.Equal("ALL", Text(At(container, "securityContext", "capabilities", "drop")[0]));
        Assert.Equal("Forbid", Text(At(Read(Kubernetes), "spec", "concurrencyPolicy")));
        var volumes = ((YamlSequenceNode)pod["volumes"]).Select(volume => Text(volume["name"])).ToHashSet(StringComparer.Ordinal);
        Assert.All((YamlSequenceNode)container["volumeMounts"], mount => Assert.Contains(Text(mount["name"]), volumes));
    }

    [Fact]
    public void The_page_about_reports_names_each_of_them()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/reports.md"));

        Assert.All(
            new[] { Path.GetDirectoryName(Action)!, GitLab, Kubernetes },
            file => Assert.Contains(file, page, StringComparison.Ordinal)
        );
    }

    private static YamlNode Read(string file)
    {
        using var reader = File.OpenText(Path.Combine(Repository.Root, file));
        var stream = new YamlStream();
        stream.Load(reader);
        return Assert.Single(stream.Documents).RootNode;
    }

    private static YamlNode At(YamlNode node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = node[name];
        }

        return node;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";
}
