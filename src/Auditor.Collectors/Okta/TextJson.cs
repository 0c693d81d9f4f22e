using System.Text.Json.Serialization;

namespace Auditor.Collectors.Okta;

/// <summary>Escapes text as JSON without reflection.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class TextJson : JsonSerializerContext;
