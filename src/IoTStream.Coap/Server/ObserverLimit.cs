using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Server;

/// <summary>How many clients observe something, in all and of each peer. Thread-safe.</summary>
internal sealed class ObserverLimit(int most)
{
    private const int LeastShare = 16;
    private const int ShareOfPeer = 8;

    private readonly Dictionary<PeerAddress, int> _ofPeers = [];
    private int _all;

    public bool TryEnter(in PeerAddress peer)
    {
        lock (_ofPeers)
        {
            int ofPeer = _ofPeers.GetValueOrDefault(peer);
            if (_all >= most || ofPeer >= Math.Max(LeastShare, most / ShareOfPeer))
            {
                return false;
            }

            _ofPeers[peer] = ofPeer + 1;
            _all++;
            return true;
        }
    }

    public void Leave(in PeerAddress peer)
    {
        lock (_ofPeers)
        {
            _all--;
            if (--_ofPeers[peer] == 0)
            {
                _ofPeers.Remove(peer);
            }
        }
    }
}
