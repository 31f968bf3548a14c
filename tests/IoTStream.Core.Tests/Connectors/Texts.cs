using FsCheck;
using FsCheck.Fluent;

namespace IoTStream.Core.Tests.Connectors;

/// <summary>Generates text of what formats stumble over.</summary>
internal static class Texts
{
    private static readonly string[] Parts =
        ["a", "0", " ", ",", ";", "\t", "\"", "\"\"", "\n", "\r\n", "\r", "\\", "{", "}", "\u00e9", "\u20ac", "\U0001F600", "\uFEFF", "\0", "true"];

    public static Gen<string> Any { get; } = Gen.Elements(Parts).ListOf().Select(static parts => string.Concat(parts));
}
