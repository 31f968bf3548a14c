using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.Coap.Messaging;

/// <summary>Room for a number of datagrams that the calls of the system fill and empty: it stays where it is in memory. Not thread-safe.</summary>
internal sealed unsafe class DatagramBuffers
{
    private readonly byte[] _bytes;
    private readonly byte[] _addresses;
    private readonly SystemDatagrams.Datagram[] _datagrams;
    private readonly SystemDatagrams.Segment[] _segments;
    private readonly int _size;

    /// <param name="count">How many.</param>
    /// <param name="size">The most bytes of one. What is not used costs addresses and no memory.</param>
    public DatagramBuffers(int count, int size)
    {
        Count = count;
        _size = size;
        _bytes = GC.AllocateUninitializedArray<byte>(count * size, pinned: true);
        _addresses = GC.AllocateArray<byte>(count * SystemDatagrams.AddressSize, pinned: true);
        _datagrams = GC.AllocateArray<SystemDatagrams.Datagram>(count, pinned: true);
        _segments = GC.AllocateArray<SystemDatagrams.Segment>(count, pinned: true);
        for (int i = 0; i < count; i++)
        {
            _segments[i] = new SystemDatagrams.Segment { Bytes = At(_bytes, i * size), Length = (nuint)size };
            _datagrams[i] = new SystemDatagrams.Datagram { Address = At(_addresses, i * SystemDatagrams.AddressSize), Segments = At(_segments, i), SegmentCount = 1 };
        }
    }

    public int Count { get; }

    public SystemDatagrams.Datagram* First => At(_datagrams, 0);

    public Span<byte> BytesOf(int place) => _bytes.AsSpan(place * _size, _size);

    public Span<byte> AddressOf(int place) => _addresses.AsSpan(place * SystemDatagrams.AddressSize, SystemDatagrams.AddressSize);

    /// <summary>How many bytes have come.</summary>
    public int LengthOf(int place) => (int)_datagrams[place].Length;

    /// <summary>Says how many bytes go.</summary>
    public void SetLength(int place, int length) => _segments[place].Length = (nuint)length;

    public void SetAddressLength(int place, int length) => _datagrams[place].AddressLength = (uint)length;

    private static T* At<T>(T[] pinned, int place)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(pinned), place));
}
