namespace Auditor.Trace.Languages;

/// <summary>A class of strings that a set of languages cannot tell apart.</summary>
/// <param name="Members">The indexes of the languages that hold the class's strings, ascending.</param>
/// <param name="Example">A shortest string of the class.</param>
public sealed record StringClass(ImmutableArray<int> Members, string Example);
