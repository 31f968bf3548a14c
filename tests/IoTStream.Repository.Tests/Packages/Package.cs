using System.Collections.Immutable;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace IoTStream.Repository.Tests.Packages;

/// <summary>Reads a package or symbol package.</summary>
internal sealed class Package(string file) : IDisposable
{
    private readonly ZipArchive _archive = ZipFile.OpenRead(file);

    public IEnumerable<string> Files => _archive.Entries.Select(entry => entry.FullName);

    public byte[] Read(string path)
    {
        using Stream stream = (_archive.GetEntry(path) ?? throw new FileNotFoundException($"{file} contains no {path}.")).Open();
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>The metadata element of the nuspec, with names that have no namespace: it differs with the features used.</summary>
    public XElement Metadata()
    {
        string nuspec = Files.Single(path => path.EndsWith(".nuspec", StringComparison.Ordinal));
        XElement package = XElement.Load(new MemoryStream(Read(nuspec)));
        foreach (XElement element in package.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
        }

        return package.Element("metadata")!;
    }

    public PEReader Assembly(string path) => new(ImmutableArray.Create(Read(path)));

    public MetadataReaderProvider Pdb(string path) => MetadataReaderProvider.FromPortablePdbImage(ImmutableArray.Create(Read(path)));

    public void Dispose() => _archive.Dispose();
}
