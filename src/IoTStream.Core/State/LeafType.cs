using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace IoTStream.State;

/// <summary>A type whose values are not looked into where <see cref="MemoryLayout"/>s are told: a number, or one of .NET's that means one thing.</summary>
/// <param name="Name">Its name in formats; stays the same for ever.</param>
/// <param name="Size">How many bytes its values have.</param>
/// <param name="BytesOf">The bytes of a boxed value, which may be that of an enum too.</param>
internal sealed record LeafType(string Name, int Size, Func<object, byte[]> BytesOf)
{
    private static readonly Dictionary<Type, LeafType> ByType = new()
    {
        [typeof(bool)] = Of<bool>("bool"),
        [typeof(sbyte)] = Of<sbyte>("int8"),
        [typeof(short)] = Of<short>("int16"),
        [typeof(int)] = Of<int>("int32"),
        [typeof(long)] = Of<long>("int64"),
        [typeof(Int128)] = Of<Int128>("int128"),
        [typeof(nint)] = Of<nint>(nint.Size == 8 ? "nint64" : "nint32"),
        [typeof(byte)] = Of<byte>("uint8"),
        [typeof(ushort)] = Of<ushort>("uint16"),
        [typeof(uint)] = Of<uint>("uint32"),
        [typeof(ulong)] = Of<ulong>("uint64"),
        [typeof(UInt128)] = Of<UInt128>("uint128"),
        [typeof(nuint)] = Of<nuint>(nint.Size == 8 ? "nuint64" : "nuint32"),
        [typeof(Half)] = Of<Half>("float16"),
        [typeof(float)] = Of<float>("float32"),
        [typeof(double)] = Of<double>("float64"),
        [typeof(decimal)] = Of<decimal>("decimal"),
        [typeof(char)] = Of<char>("char"),
        [typeof(Rune)] = Of<Rune>("rune"),
        [typeof(Guid)] = Of<Guid>("guid"),
        [typeof(DateTime)] = Of<DateTime>("datetime"),
        [typeof(DateTimeOffset)] = Of<DateTimeOffset>("datetimeoffset"),
        [typeof(TimeSpan)] = Of<TimeSpan>("timespan"),
        [typeof(DateOnly)] = Of<DateOnly>("date"),
        [typeof(TimeOnly)] = Of<TimeOnly>("time"),
    };

    private static readonly Dictionary<string, LeafType> ByName = ByType.Values.ToDictionary(leaf => leaf.Name, StringComparer.Ordinal);

    /// <summary>The leaf type of a type; for an enum that of its numbers.</summary>
    public static bool TryFind(Type type, [NotNullWhen(true)] out LeafType? leaf) =>
        ByType.TryGetValue(type.IsEnum ? type.GetEnumUnderlyingType() : type, out leaf);

    public static bool TryFind(string name, [NotNullWhen(true)] out LeafType? leaf) => ByName.TryGetValue(name, out leaf);

    private static LeafType Of<T>(string name)
        where T : unmanaged => new(name, Unsafe.SizeOf<T>(), static box => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in Unsafe.Unbox<T>(box))).ToArray());
}
