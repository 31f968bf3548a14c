using System.Runtime.InteropServices;

namespace IoTStream.Coap.Messaging;

/// <summary>The datagrams that came with one call of the system. Not thread-safe.</summary>
internal sealed class ReceiveBatch(SafeHandle socket, bool isV4)
{
    private const int Most = 64;
    private const int LargestDatagram = 65_536;

    private readonly DatagramBuffers _buffers = new(Most, LargestDatagram);

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int place] => _buffers.BytesOf(place)[.._buffers.LengthOf(place)];

    public PeerAddress From(int place) => PeerAddress.Of(_buffers.AddressOf(place), isV4);

    /// <summary>Waits for the next ones.</summary>
    /// <returns>False if the socket is closed.</returns>
    public unsafe bool TryReceive()
    {
        for (int i = 0; i < Most && (i < Count || Count == 0); i++)
        {
            // The call has written how long those were that came last.
            _buffers.SetAddressLength(i, SystemDatagrams.AddressSize);
        }

        try
        {
            // What fails is what was sent earlier and could not be delivered, and not this call.
            Count = Math.Max(0, SystemDatagrams.Receive(socket, _buffers.First, Most));
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }
}
