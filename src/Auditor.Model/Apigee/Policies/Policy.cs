namespace Auditor.Model.Apigee;

/// <summary>A policy of a bundle: one XML file. The kinds that security rules read are typed; every other kind is an <see cref="OtherPolicy"/>.</summary>
public abstract record Policy
{
    /// <summary>The policy's identity: its <c>name</c> attribute, which Steps refer to. It may differ from the file name.</summary>
    public required string Name { get; init; }

    /// <summary>The document.</summary>
    public required Element Root { get; init; }

    /// <summary>Whether an attached policy runs. Apigee reads anything but <c>true</c> as false, and a missing or blank attribute as true [B].</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether a failure of the policy is ignored: no error state, no fault rules, the next step runs (fault handling page, 2026-04-10).</summary>
    public bool ContinueOnError { get; init; }

    /// <summary>The policy's type: the root element's name.</summary>
    public string Kind => Root.Name;

    /// <summary>The root element.</summary>
    public SourceLocation Location => Root.Location;
}

/// <summary>A policy of a kind that no rule reads in detail. Its elements are in <see cref="Policy.Root"/>.</summary>
public sealed record OtherPolicy : Policy;
