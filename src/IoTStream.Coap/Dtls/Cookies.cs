using System.Buffers.Binary;
using System.Security.Cryptography;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Dtls;

/// <summary>
/// Makes and checks the cookies by which a peer shows that it is where its datagrams say (RFC 6347, section 4.2.1): a keyed hash of its address, so that nothing is kept of peers that have shown nothing. The key changes;
/// cookies of the one before are taken, too. Not thread-safe.
/// </summary>
internal sealed class Cookies(TimeProvider time)
{
    /// <summary>The bytes of a cookie.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    private static readonly TimeSpan KeyLifetime = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(Length);
    private readonly byte[] _previous = RandomNumberGenerator.GetBytes(Length);
    private long _since = time.GetTimestamp();

    /// <summary>Writes the cookie of a peer: <see cref="Length"/> bytes.</summary>
    public void Write(in PeerAddress peer, Span<byte> cookie)
    {
        if (time.GetElapsedTime(_since) > KeyLifetime)
        {
            _since = time.GetTimestamp();
            _key.CopyTo(_previous, 0);
            RandomNumberGenerator.Fill(_key);
        }

        Compute(_key, peer, cookie);
    }

    public bool IsOf(in PeerAddress peer, ReadOnlySpan<byte> cookie)
    {
        Span<byte> expected = stackalloc byte[Length];
        Compute(_key, peer, expected);
        if (CryptographicOperations.FixedTimeEquals(expected, cookie))
        {
            return true;
        }

        Compute(_previous, peer, expected);
        return CryptographicOperations.FixedTimeEquals(expected, cookie);
    }

    private static void Compute(byte[] key, in PeerAddress peer, Span<byte> cookie)
    {
        Span<byte> address = stackalloc byte[(2 * sizeof(ulong)) + sizeof(uint) + sizeof(ushort) + 1];
        BinaryPrimitives.WriteUInt64BigEndian(address, peer.High);
        BinaryPrimitives.WriteUInt64BigEndian(address[8..], peer.Low);
        BinaryPrimitives.WriteUInt32BigEndian(address[16..], peer.Scope);
        BinaryPrimitives.WriteUInt16BigEndian(address[20..], peer.Port);
        address[22] = peer.IsV4 ? (byte)1 : (byte)0;
        HMACSHA256.HashData(key, address, cookie);
    }
}
