using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using IoTStream.Coap.Protocol;
using IoTStream.Connectors;

namespace IoTStream.Coap.Server;

/// <summary>Finds the resource of a path. What was found is kept for a number of paths, so that a path that comes again costs a look-up of its bytes. Thread-safe.</summary>
internal sealed class Routes
{
    private const int MostKept = 65_536;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<byte[], Route> _kept = new(PathComparer.Instance);
    private readonly ConcurrentDictionary<byte[], Route>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private (PathTemplate Template, Resource Resource)[] _resources = [];

    public Routes() => _lookup = _kept.GetAlternateLookup<ReadOnlySpan<byte>>();

    public IReadOnlyList<(PathTemplate Template, Resource Resource)> All => Volatile.Read(ref _resources);

    /// <exception cref="ArgumentException">The template has a resource already.</exception>
    public void Add(PathTemplate template, Resource resource)
    {
        lock (_lock)
        {
            if (Array.Exists(_resources, known => string.Equals(known.Template.Text, template.Text, StringComparison.Ordinal)))
            {
                throw new ArgumentException($"There is a resource '{template.Text}' already.", nameof(template));
            }

            // The most particular one comes first.
            Volatile.Write(ref _resources, [.. _resources.Append((template, resource)).OrderByDescending(static known => known.Item1.Literals)]);
            _kept.Clear();
        }
    }

    public void Remove(Resource resource)
    {
        lock (_lock)
        {
            Volatile.Write(ref _resources, [.. _resources.Where(known => !ReferenceEquals(known.Resource, resource))]);
            _kept.Clear();
        }
    }

    /// <summary>Finds the resource of a path.</summary>
    /// <param name="path">Its segments with <see cref="RequestOptions.Separator"/> between them.</param>
    /// <param name="route">What is known of the path.</param>
    public bool TryFind(ReadOnlySpan<byte> path, [NotNullWhen(true)] out Route? route) => _lookup.TryGetValue(path, out route) || TryMatch(path, out route);

    private bool TryMatch(ReadOnlySpan<byte> path, [NotNullWhen(true)] out Route? route)
    {
        route = null;
        if (Split(path) is not { } segments)
        {
            return false;
        }

        string text = string.Join('/', segments);
        lock (_lock)
        {
            foreach ((PathTemplate template, Resource resource) in _resources)
            {
                if (template.Match(text, segments) is { } found)
                {
                    if (_kept.Count >= MostKept)
                    {
                        _kept.Clear();
                    }

                    route = new Route(resource, found, new RecordHeaders(new RecordHeader(CoapHeaders.Path, text)));
                    _kept.TryAdd(path.ToArray(), route);
                    return true;
                }
            }
        }

        return false;
    }

    private static string[]? Split(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return [];
        }

        List<string> segments = [];
        foreach (Range range in path.Split(RequestOptions.Separator))
        {
            if (!Utf8.IsValid(path[range]))
            {
                return null;
            }

            segments.Add(Encoding.UTF8.GetString(path[range]));
        }

        return [.. segments];
    }

    private sealed class PathComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly PathComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] path) => GetHashCode(path.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
