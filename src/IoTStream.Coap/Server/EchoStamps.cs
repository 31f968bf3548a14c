using System.Buffers.Binary;
using System.Security.Cryptography;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Server;

/// <summary>Values of the Echo option that only somebody who receives at an address can send from there: when, and a checksum of that and the address with a key that nobody has (RFC 9175, appendix A). Thread-safe.</summary>
internal sealed class EchoStamps(TimeProvider time)
{
    public const int Size = sizeof(uint) + CheckSize;

    private const int CheckSize = 8;

    // Longer than the longest exchange, so that a client that is slow is not asked for ever.
    private const uint ValidSeconds = 300;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public void Write(Span<byte> stamp, in PeerAddress peer)
    {
        BinaryPrimitives.WriteUInt32BigEndian(stamp, Now());
        Check(stamp[..sizeof(uint)], peer, stamp[sizeof(uint)..]);
    }

    public bool IsValid(ReadOnlySpan<byte> stamp, in PeerAddress peer)
    {
        if (stamp.Length != Size || Now() - BinaryPrimitives.ReadUInt32BigEndian(stamp) > ValidSeconds)
        {
            return false;
        }

        Span<byte> check = stackalloc byte[CheckSize];
        Check(stamp[..sizeof(uint)], peer, check);
        return CryptographicOperations.FixedTimeEquals(check, stamp[sizeof(uint)..]);
    }

    private uint Now() => (uint)(time.GetTimestamp() / time.TimestampFrequency);

    private void Check(ReadOnlySpan<byte> when, in PeerAddress peer, Span<byte> check)
    {
        Span<byte> data = stackalloc byte[sizeof(uint) + (2 * sizeof(ulong)) + sizeof(uint) + sizeof(ushort)];
        when.CopyTo(data);
        BinaryPrimitives.WriteUInt64BigEndian(data[4..], peer.High);
        BinaryPrimitives.WriteUInt64BigEndian(data[12..], peer.Low);
        BinaryPrimitives.WriteUInt32BigEndian(data[20..], peer.Scope);
        BinaryPrimitives.WriteUInt16BigEndian(data[24..], peer.Port);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, data, hash);
        hash[..CheckSize].CopyTo(check);
    }
}
