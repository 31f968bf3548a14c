namespace IoTStream.Coap.Server;

/// <summary>Bodies that are on their way in blocks, by whom and what they belong to. Bounded in bytes and time: the oldest make room for new ones. Not thread-safe.</summary>
/// <param name="mostBytes">The most bytes of all.</param>
/// <param name="lifetime">How long one is kept after its last block, in ticks of the clock.</param>
internal sealed class PartialBodies(long mostBytes, long lifetime)
{
    // What an entry takes besides its bytes, about.
    private const int Overhead = 256;

    private readonly Dictionary<ulong, LinkedListNode<Body>> _bodies = [];
    private readonly LinkedList<Body> _byAge = new();
    private long _bytes;

    public int Count => _bodies.Count;

    public Body? Find(ulong key, long now)
    {
        Expire(now);
        if (!_bodies.TryGetValue(key, out LinkedListNode<Body>? node))
        {
            return null;
        }

        node.Value.At = now;
        _byAge.Remove(node);
        _byAge.AddLast(node);
        return node.Value;
    }

    /// <summary>Begins one, in place of any that has its key.</summary>
    public Body Begin(ulong key, long now)
    {
        Remove(key);
        var body = new Body(key) { At = now };
        _bodies.Add(key, _byAge.AddLast(body));
        _bytes += Overhead;
        return body;
    }

    /// <summary>Says that bytes were added to the body that was found or begun last.</summary>
    public void Grow(int by)
    {
        _bytes += by;
        while (_bytes > mostBytes && _byAge.First is { } oldest && !ReferenceEquals(oldest, _byAge.Last))
        {
            Remove(oldest.Value.Key);
        }
    }

    public void Remove(ulong key)
    {
        if (_bodies.Remove(key, out LinkedListNode<Body>? node))
        {
            _byAge.Remove(node);
            _bytes -= Overhead + node.Value.Length;
        }
    }

    private void Expire(long now)
    {
        while (_byAge.First is { } oldest && now - oldest.Value.At >= lifetime)
        {
            Remove(oldest.Value.Key);
        }
    }

    /// <summary>A body, or what there is of it.</summary>
    internal sealed class Body(ulong key)
    {
        private byte[] _bytes = [];

        public ulong Key { get; } = key;

        public long At { get; set; }

        public int Length { get; private set; }

        /// <summary>What else belongs to it, of those that are sent.</summary>
        public CoapResponse? Response { get; set; }

        /// <summary>What its first block said it is.</summary>
        public int ContentFormat { get; set; }

        public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

        public void Append(ReadOnlySpan<byte> block)
        {
            if (Length + block.Length > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(Length + block.Length, _bytes.Length * 2));
            }

            block.CopyTo(_bytes.AsSpan(Length));
            Length += block.Length;
        }
    }
}
