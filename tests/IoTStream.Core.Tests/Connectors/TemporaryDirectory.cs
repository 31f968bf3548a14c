using System.Text;

namespace IoTStream.Core.Tests.Connectors;

/// <summary>A directory of a test's own, deleted at its end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("iotstream-");

    public string File(string name) => Path.Combine(_directory.FullName, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return File(name);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
