namespace Auditor.Model.Findings;

/// <summary>What a waiver is.</summary>
public enum WaiverKind
{
    /// <summary>An entry of the exceptions file about findings.</summary>
    Exception,

    /// <summary>An entry of the exceptions file about changes.</summary>
    Change,

    /// <summary>An operation that is declared public.</summary>
    PublicOperation,

    /// <summary>A comment in a bundle.</summary>
    Comment,
}
