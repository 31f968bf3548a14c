namespace IoTStream.Repository.Tests;

/// <summary>A folder outside the repository, deleted when disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("iotstream-").FullName;

    public string At(params ReadOnlySpan<string> path) => System.IO.Path.Combine([Path, .. path]);

    public void Write(string path, string text)
    {
        string file = At(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
