namespace IoTStream.Coap.Messaging;

/// <summary>A message that is sent until it is acknowledged, or once at a later time. Guarded by the lock of its message layer, which uses it again.</summary>
internal sealed class Transmission
{
    public Peer? Peer { get; set; }

    public Sender? Sender { get; set; }

    public byte[] Datagram { get; set; } = [];

    public int Length { get; set; }

    public ushort Id { get; set; }

    public bool IsConfirmable { get; set; }

    /// <summary>Whether it is a request without confirmation, which its peer may not answer.</summary>
    public bool IsProbe { get; set; }

    /// <summary>How many were before it.</summary>
    public long Number { get; set; }

    /// <summary>How often it has been repeated.</summary>
    public int Repetitions { get; set; }

    /// <summary>How long is waited after the last transmission, in ticks of the clock.</summary>
    public long Timeout { get; set; }

    /// <summary>Whether it is still wanted.</summary>
    public bool IsActive { get; set; }
}
