namespace Auditor.History.Store;

/// <summary>A store that cannot be used: one line that says which, what is wrong, and what to do.</summary>
public sealed class StoreException : Exception
{
    /// <summary>A store that cannot be used.</summary>
    public StoreException(string message)
        : base(message) { }

    /// <summary>A store that cannot be used, because of a fault of the database.</summary>
    public StoreException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>A store that cannot be used.</summary>
    public StoreException() { }
}
