namespace IoTStream.Coap.Messaging;

/// <summary>The peers: those with which something is under way or remembered, and up to a number those that spoke last. Not thread-safe.</summary>
internal sealed class PeerTable(int most, Randomness randomness)
{
    private const int LooksForIdle = 4;

    private readonly Dictionary<PeerAddress, Peer> _peers = [];
    private Peer? _oldest;
    private Peer? _newest;

    public int Count => _peers.Count;

    /// <summary>The peer, as the one that spoke last.</summary>
    public Peer Touch(in PeerAddress address)
    {
        if (_newest is { } newest && newest.Address == address)
        {
            return newest;
        }

        if (_peers.TryGetValue(address, out Peer? peer))
        {
            Unlink(peer);
        }
        else
        {
            if (_peers.Count >= most)
            {
                ForgetIdle();
            }

            peer = new Peer(address, (ushort)randomness.Next());
            _peers.Add(address, peer);
        }

        Append(peer);
        return peer;
    }

    public Peer? Find(in PeerAddress address) => _peers.GetValueOrDefault(address);

    private void ForgetIdle()
    {
        Peer? peer = _oldest;
        for (int i = 0; i < LooksForIdle && peer is not null; i++)
        {
            Unlink(peer);
            if (peer.IsIdle)
            {
                _peers.Remove(peer.Address);
            }
            else
            {
                // Others are looked at first the next time, so that some that stay busy for long do not keep all.
                Append(peer);
            }

            peer = _oldest;
        }
    }

    private void Append(Peer peer)
    {
        peer.Older = _newest;
        peer.Newer = null;
        if (_newest is null)
        {
            _oldest = peer;
        }
        else
        {
            _newest.Newer = peer;
        }

        _newest = peer;
    }

    private void Unlink(Peer peer)
    {
        if (peer.Older is null)
        {
            _oldest = peer.Newer;
        }
        else
        {
            peer.Older.Newer = peer.Newer;
        }

        if (peer.Newer is null)
        {
            _newest = peer.Older;
        }
        else
        {
            peer.Newer.Older = peer.Older;
        }
    }
}
