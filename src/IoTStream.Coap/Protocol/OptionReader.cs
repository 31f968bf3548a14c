namespace IoTStream.Coap.Protocol;

/// <summary>Goes through the options of a message.</summary>
internal ref struct OptionReader
{
    private const int PayloadMarker = 0xFF;

    private ReadOnlySpan<byte> _rest;

    /// <param name="options">The options, with the payload marker and the payload behind them, if there is any.</param>
    public OptionReader(ReadOnlySpan<byte> options) => _rest = options;

    /// <summary>The number of the option that was read last.</summary>
    public int Number { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>What is behind the options once there is no more: the payload.</summary>
    public readonly ReadOnlySpan<byte> Payload => _rest;

    /// <summary>Whether something that was read is no option: the message is malformed.</summary>
    public bool IsMalformed { get; private set; }

    /// <returns>False if there is no more, or what comes is malformed.</returns>
    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int head = _rest[0];
        if (head == PayloadMarker)
        {
            _rest = _rest[1..];

            // A marker announces a payload; nothing behind it is a format error (RFC 7252, section 3).
            IsMalformed = _rest.IsEmpty;
            return false;
        }

        ReadOnlySpan<byte> rest = _rest[1..];
        if (!TryExtend(head >> 4, ref rest, out int delta) || !TryExtend(head & 0xF, ref rest, out int length) || length > rest.Length || Number + delta > ushort.MaxValue)
        {
            IsMalformed = true;
            return false;
        }

        Number += delta;
        Value = rest[..length];
        _rest = rest[length..];
        return true;
    }

    private static bool TryExtend(int nibble, ref ReadOnlySpan<byte> rest, out int value)
    {
        switch (nibble)
        {
            case < 13:
                value = nibble;
                return true;
            case 13 when rest.Length >= 1:
                value = rest[0] + 13;
                rest = rest[1..];
                return true;
            case 14 when rest.Length >= 2:
                value = ((rest[0] << 8) | rest[1]) + 269;
                rest = rest[2..];
                return true;
            default:
                value = 0;
                return false;
        }
    }
}
