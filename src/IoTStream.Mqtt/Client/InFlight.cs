using System.Buffers;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// Sent messages that the server has not acknowledged, as the bytes that were sent, so that they can be sent again
/// (MQTT 5.0, section 4.4). One with QoS 2 has two phases: until the server has received it, and then until the server has seen that this is known; in the
/// second one only PUBREL is sent again, unless the server has forgotten the session. Belongs to the <see cref="Outbox"/> and is guarded by its lock.
/// </summary>
internal sealed class InFlight(int capacity)
{
    private const byte DuplicateFlag = 0b1000;

    // Arrays up to this size stay with their slot. They are filled on one thread and given back on another, which pools do not handle well.
    private const int LargestArrayKept = 4096;
    private readonly Queue<ushort> _free = new();
    private readonly Queue<(ushort Identifier, long Sequence)> _resend = new();
    private Slot[] _slots = new Slot[Math.Min(capacity, 64) + 1];
    private long _sequence;
    private ushort _highest;
    private bool _duplicate;

    /// <summary>Messages that are kept.</summary>
    public int Count { get; private set; }

    /// <summary>Those of them that have been sent on the present connection, which the server's receive maximum limits.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Those of them that have QoS 2.</summary>
    public int ExactlyOnce { get; private set; }

    public bool IsFull => Count == capacity;

    /// <summary>Whether messages of earlier connections have to be sent before new ones, to keep their order.</summary>
    public bool MustResend => _resend.Count > 0;

    /// <summary>Chooses the identifier of a message that will be kept.</summary>
    public ushort NextIdentifier() => _free.TryPeek(out ushort identifier) ? identifier : (ushort)(_highest + 1);

    /// <summary>Keeps a message that has been written with <see cref="NextIdentifier"/>.</summary>
    public void Keep(ReadOnlySpan<byte> packet, Delivery delivery)
    {
        if (!_free.TryDequeue(out ushort identifier))
        {
            identifier = ++_highest;
            if (identifier == _slots.Length)
            {
                Array.Resize(ref _slots, Math.Min(capacity + 1, _slots.Length * 2));
            }
        }

        ref Slot slot = ref _slots[identifier];
        if (slot.Bytes is null || slot.Bytes.Length < packet.Length)
        {
            slot.Bytes = GC.AllocateUninitializedArray<byte>(packet.Length);
        }

        packet.CopyTo(slot.Bytes);
        slot.Length = packet.Length;
        slot.Delivery = delivery;
        slot.Sequence = ++_sequence;
        slot.Received = 0;
        slot.IsSent = true;
        Count++;
        ExactlyOnce += IsExactlyOnce(slot) ? 1 : 0;
        Outstanding++;
    }

    /// <summary>The packet by which the server would acknowledge a message next; null if there is no such message.</summary>
    public PacketType? Expected(ushort identifier)
    {
        if (identifier >= _slots.Length || _slots[identifier].Delivery is null)
        {
            return null;
        }

        return _slots[identifier].Received > 0 ? PacketType.PubComp
            : IsExactlyOnce(_slots[identifier]) ? PacketType.PubRec
            : PacketType.PubAck;
    }

    /// <summary>The server has a message with QoS 2: it must not be sent to it again.</summary>
    public void Receive(ushort identifier) => _slots[identifier].Received = ++_sequence;

    /// <summary>Forgets a message and says who waits for it; null if there is no such message.</summary>
    public Delivery? Release(ushort identifier)
    {
        if (identifier >= _slots.Length || _slots[identifier].Delivery is not { } delivery)
        {
            return null;
        }

        ref Slot slot = ref _slots[identifier];
        slot.Delivery = null;
        ExactlyOnce -= IsExactlyOnce(slot) ? 1 : 0;
        if (slot.Bytes!.Length > LargestArrayKept)
        {
            slot.Bytes = null;
        }

        _free.Enqueue(identifier);
        Count--;
        Outstanding -= slot.IsSent ? 1 : 0;
        return delivery;
    }

    /// <summary>A new connection: whatever is kept goes out again in its order, marked as a duplicate if the server still has the session.</summary>
    public void BeginConnection(bool sessionPresent)
    {
        _duplicate = sessionPresent;
        Outstanding = 0;
        _resend.Clear();
        List<ushort> kept = Kept();
        foreach (ushort identifier in kept)
        {
            _slots[identifier].IsSent = false;
            _slots[identifier].Received = sessionPresent ? _slots[identifier].Received : 0;
        }

        // First the PUBRELs, in the order of their PUBRECs: they need no room that the server might not give.
        foreach (ushort identifier in kept
            .OrderBy(identifier => _slots[identifier].Received > 0 ? _slots[identifier].Received : long.MaxValue)
            .ThenBy(identifier => _slots[identifier].Sequence))
        {
            _resend.Enqueue((identifier, _slots[identifier].Sequence));
        }
    }

    /// <summary>Writes the next message that has to be sent again.</summary>
    public void ResendNext(IBufferWriter<byte> output, MqttProtocolVersion version, int maximumPacketSize)
    {
        (ushort identifier, long sequence) = _resend.Dequeue();
        ref Slot slot = ref _slots[identifier];
        if (slot.Delivery is null || slot.Sequence != sequence)
        {
            return;
        }

        if (slot.Received > 0)
        {
            new AcknowledgePacket(PacketType.PubRel, identifier).Write(output, version);
            return;
        }

        Outstanding++;
        slot.IsSent = true;
        if (slot.Length > maximumPacketSize)
        {
            Release(identifier)?.Fail(Outbox.TooLarge(slot.Length, maximumPacketSize));
            return;
        }

        slot.Bytes![0] = (byte)(_duplicate ? slot.Bytes[0] | DuplicateFlag : slot.Bytes[0] & ~DuplicateFlag);
        output.Write(slot.Bytes.AsSpan(0, slot.Length));
    }

    /// <summary>Tells those who wait that they need not wait; the messages stay.</summary>
    public void FailDeliveries(Exception reason, bool onlyFromHandlers)
    {
        foreach (ushort identifier in Kept().Where(identifier => !onlyFromHandlers || _slots[identifier].Delivery!.FromHandler))
        {
            _slots[identifier].Delivery!.Fail(reason);
        }
    }

    /// <summary>Forgets all messages.</summary>
    public void Clear()
    {
        foreach (ushort identifier in Kept())
        {
            Release(identifier);
        }
    }

    private static bool IsExactlyOnce(in Slot slot) => ((slot.Bytes![0] >> 1) & 3) == (int)MqttQualityOfService.ExactlyOnce;

    private List<ushort> Kept() =>
        [.. Enumerable.Range(1, _highest).Where(identifier => _slots[identifier].Delivery is not null).Select(identifier => (ushort)identifier)];

    /// <summary>A message, if <see cref="Delivery"/> is not null.</summary>
    private struct Slot
    {
        public byte[]? Bytes;
        public int Length;
        public Delivery? Delivery;
        public long Sequence;

        /// <summary>When the server said that it has received it, among all of these moments; 0 if it has not.</summary>
        public long Received;

        /// <summary>Whether it has been sent on the present connection.</summary>
        public bool IsSent;
    }
}
