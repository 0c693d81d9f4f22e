namespace Auditor.Trace.Languages;

/// <summary>An analysis grew beyond its budget. What it was about is not assessed.</summary>
public sealed class BudgetExceededException(string what) : Exception(what);
