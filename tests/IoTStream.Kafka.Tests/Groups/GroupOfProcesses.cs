using System.Globalization;

namespace IoTStream.Kafka.Tests.Groups;

/// <summary>The members of a group, each a process.</summary>
internal sealed class GroupOfProcesses(string servers, string topic, bool withLog) : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("iotstream-group-").FullName;
    private readonly List<PeerProcess> _members = [];

    /// <summary>What all members have got so far.</summary>
    public IReadOnlyList<int> Numbers => [.. _members
        .SelectMany(static member => member.Output)
        .Where(static line => line.Length > 0 && char.IsAsciiDigit(line[0]))
        .Select(static line => int.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>Starts another one.</summary>
    public PeerProcess Join()
    {
        string directory = withLog ? Path.Combine(_directory, $"{_members.Count}") : "";
        PeerProcess member = PeerProcess.Start("dotnet", [typeof(Member).Assembly.Location, "member", servers, topic, topic, directory]);
        _members.Add(member);
        return member;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PeerProcess member in _members)
        {
            await member.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
