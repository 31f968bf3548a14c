using System.Buffers.Binary;
using System.Security.Cryptography;

namespace IoTStream.Coap.Messaging;

/// <summary>
/// Numbers for tokens, message identifiers and delays, which somebody who does not see the datagrams must not be able to guess (RFC 7252, section 5.3.1): of the system, taken in stock, or made
/// of a seed, for what has to repeat. Not thread-safe.
/// </summary>
internal sealed class Randomness
{
    private readonly byte[] _stock = new byte[512];
    private readonly Random? _seeded;
    private int _next;

    public Randomness()
    {
        _next = _stock.Length;
    }

    public Randomness(int seed)
        : this() => _seeded = new Random(seed);

    public ulong Next()
    {
        if (_next == _stock.Length)
        {
            if (_seeded is not null)
            {
                _seeded.NextBytes(_stock);
            }
            else
            {
                RandomNumberGenerator.Fill(_stock);
            }

            _next = 0;
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_stock.AsSpan(_next));
        _next += sizeof(ulong);
        return value;
    }

    /// <summary>From 0, included, to 1, excluded.</summary>
    public double NextFraction() => (Next() >> 11) * (1.0 / (1UL << 53));
}
