namespace IoTStream.Repository.Tests.Snippets;

/// <summary>A block of C# in a document.</summary>
/// <param name="Document">The document, relative to the repository.</param>
/// <param name="Line">The line of the block's first line of code, from 1.</param>
/// <param name="Code">What the reader sees.</param>
/// <param name="Marker">What the comment above the block says after "snippet:", or null if there is none.</param>
internal sealed record Snippet(string Document, int Line, string Code, string? Marker)
{
    public string Place => $"{Document}({Line})";
}
