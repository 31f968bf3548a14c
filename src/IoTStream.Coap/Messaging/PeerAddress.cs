using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace IoTStream.Coap.Messaging;

/// <summary>The address and the port of a peer, as a value.</summary>
/// <param name="High">The first half of an IPv6 address; zero of an IPv4 address.</param>
/// <param name="Low">The second half, or the IPv4 address.</param>
/// <param name="Scope">The scope of an IPv6 address.</param>
/// <param name="Port">The port.</param>
/// <param name="IsV4">Whether it is an IPv4 address.</param>
internal readonly record struct PeerAddress(ulong High, ulong Low, uint Scope, ushort Port, bool IsV4)
{
    // The form of socket addresses is the same on all systems but for what tells the family, which is left to the framework.
    private const int PortAt = 2;
    private const int V4At = 4;
    private const int V6At = 8;
    private const int ScopeAt = 24;

    /// <summary>What tells the session with the peer from others with the same address; 0 where there are none. Whoever has the address next is somebody else, and answers are not for him.</summary>
    public uint Session { get; init; }

    public static PeerAddress Of(SocketAddress address) => Of(address.Buffer.Span, address.Family == AddressFamily.InterNetwork);

    /// <summary>The address in the form that the system gives it.</summary>
    public static PeerAddress Of(ReadOnlySpan<byte> bytes, bool isV4)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(bytes[PortAt..]);
        return isV4
            ? new PeerAddress(0, BinaryPrimitives.ReadUInt32BigEndian(bytes[V4At..]), 0, port, IsV4: true)
            : new PeerAddress(
                BinaryPrimitives.ReadUInt64BigEndian(bytes[V6At..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[(V6At + sizeof(ulong))..]),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[ScopeAt..]),
                port,
                IsV4: false);
    }

    public static PeerAddress Of(IPEndPoint endPoint) => Of(endPoint.Serialize());

    /// <summary>Writes the address into one that has been made for the family.</summary>
    public void CopyTo(SocketAddress address) => CopyTo(address.Buffer.Span);

    /// <summary>Writes the address in the form of the system into one that has its family already.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes[PortAt..], Port);
        if (IsV4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[V4At..], (uint)Low);
            return;
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes[V6At..], High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[(V6At + sizeof(ulong))..], Low);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ScopeAt..], Scope);
    }

    public IPEndPoint ToEndPoint()
    {
        if (IsV4)
        {
            Span<byte> v4 = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(v4, (uint)Low);
            return new IPEndPoint(new IPAddress(v4), Port);
        }

        Span<byte> v6 = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(v6, High);
        BinaryPrimitives.WriteUInt64BigEndian(v6[sizeof(ulong)..], Low);
        var address = new IPAddress(v6, Scope);
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, Port);
    }

    /// <summary>The bytes of a hash, spread well, of the address and a number.</summary>
    public uint Hash(uint with)
    {
        ulong mixed = ((High * 0x9E3779B97F4A7C15) ^ Low ^ ((ulong)Port << 40) ^ Scope ^ ((ulong)Session << 8)) + (with * 0xD6E8FEB86659FD93);
        mixed = (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93;
        return (uint)(mixed >> 32);
    }

    public override int GetHashCode() => (int)Hash(0);

    public override string ToString() => ToEndPoint().ToString();
}
