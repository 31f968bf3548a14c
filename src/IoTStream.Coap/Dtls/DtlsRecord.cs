using System.Buffers.Binary;

namespace IoTStream.Coap.Dtls;

/// <summary>What can be seen of a datagram from outside (RFC 6347, section 4.1): its first record's header.</summary>
internal static class DtlsRecord
{
    private const int HeaderSize = 13;
    private const int EpochAt = 3;
    private const byte HandshakeType = 22;
    private const byte MajorVersion = 0xFE;
    private const byte ClientHello = 1;

    /// <summary>Whether it is the first message of somebody who wants a session.</summary>
    public static bool IsFirstMessage(ReadOnlySpan<byte> datagram) =>
        IsRecord(datagram) && datagram[0] == HandshakeType && !IsEncrypted(datagram) && datagram[HeaderSize] == ClientHello;

    /// <summary>Whether it is encrypted.</summary>
    public static bool IsEncrypted(ReadOnlySpan<byte> datagram) => IsRecord(datagram) && BinaryPrimitives.ReadUInt16BigEndian(datagram[EpochAt..]) != 0;

    private static bool IsRecord(ReadOnlySpan<byte> datagram) => datagram.Length > HeaderSize && datagram[1] == MajorVersion;
}
