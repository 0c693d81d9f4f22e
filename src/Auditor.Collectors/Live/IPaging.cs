using System.Text.Json;

namespace Auditor.Collectors.Live;

/// <summary>How a vendor's lists go on.</summary>
internal interface IPaging
{
    /// <summary>Whether a page without rows leaves out the member that would hold them, as proto3 does.</summary>
    bool OmitsEmptyLists { get; }

    /// <summary>The address of the next page; null when this is the last.</summary>
    /// <param name="asked">The address of this page.</param>
    /// <param name="response">The answer, for its headers.</param>
    /// <param name="page">Its body.</param>
    Uri? Next(Uri asked, HttpResponseMessage response, JsonElement page);

    /// <summary>What tells a row from all others, so that a row that two pages share is kept once; null where rows cannot be told apart.</summary>
    string? KeyOf(JsonElement row);
}
