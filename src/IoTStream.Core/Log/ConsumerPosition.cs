using System.Globalization;
using System.Text;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>Where a consumer of a topic is: a small text file that is replaced as a whole.</summary>
internal sealed class ConsumerPosition
{
    private const string Folder = "consumers";
    private const string Title = "IoTStream consumer 1";
    private const string Label = "offset ";

    private readonly IDiskDirectory _topic;
    private readonly string _name;

    /// <param name="topic">The directory of the topic.</param>
    /// <param name="name">The name of the consumer.</param>
    public ConsumerPosition(IDiskDirectory topic, string name)
    {
        _topic = topic;
        _name = name;
    }

    /// <summary>The names of the consumers of a topic that have stored a position.</summary>
    public static IReadOnlyList<string> Names(IDiskDirectory topic) =>
        topic.FindSubdirectory(Folder) is { } folder ? [.. folder.List().Where(name => name[0] != '.')] : [];

    /// <summary>The offset of the record that comes next; null if none was stored.</summary>
    /// <exception cref="LogDamagedException">The file is not what was stored.</exception>
    public long? Read()
    {
        if (_topic.FindSubdirectory(Folder) is not { } directory || !directory.List().Contains(_name))
        {
            return null;
        }

        using IDiskFile file = directory.Open(_name, writable: false);
        byte[] bytes = new byte[Math.Min(file.Length, 1024)];
        string[] lines = Encoding.ASCII.GetString(bytes, 0, file.Read(0, bytes)).Split('\n');
        if (lines is [Title, { } line, ""]
            && line.StartsWith(Label, StringComparison.Ordinal)
            && long.TryParse(line.AsSpan(Label.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
        {
            return offset;
        }

        throw new LogDamagedException(
            SegmentList.PathOf(directory, _name), 0, "it is no position of a consumer.", "Delete it to have the consumer begin anew, or write the offset that it should go on with.");
    }

    /// <summary>Stores the offset of the record that comes next; returns when it is durable.</summary>
    public void Write(long offset)
    {
        IDiskDirectory directory = _topic.Subdirectory(Folder);

        // Names of consumers begin with no dot, so this one is nobody's.
        string unfinished = "." + _name;
        using (IDiskFile file = directory.Create(unfinished))
        {
            file.Write(0, [Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Title}\n{Label}{offset}\n"))]);
            file.Sync();
        }

        directory.Rename(unfinished, _name);
        directory.Sync();
    }
}
