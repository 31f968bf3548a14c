using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>
/// Hashes that are the same in every process, on every machine and in every version of the library. <see cref="object.GetHashCode"/> is
/// not: strings are hashed with a seed that changes with each process.
/// </summary>
internal static class StableHash
{
    /// <summary>The hash of keys of a type, or null if there is none and the user has to give one.</summary>
    public static Func<TKey, uint>? For<TKey>()
        where TKey : notnull
    {
        Type type = typeof(TKey);
        if (type == typeof(string))
        {
            return key => OfText((string)(object)key);
        }

        if (IsInteger(type))
        {
            return OfIntegers;
        }

        return IsSupported(type) ? key => OfObject(key) : null;
    }

    /// <summary>Finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014), folded to 32 bits.</summary>
    public static uint OfInteger(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        value ^= value >> 31;
        return (uint)(value ^ (value >> 32));
    }

    /// <summary>Hashes the UTF-16 code units, four at a time.</summary>
    public static uint OfText(ReadOnlySpan<char> text)
    {
        ulong hash = (ulong)text.Length;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<char, ulong>(text);
        foreach (ulong word in words)
        {
            hash = Combine(hash, BitConverter.IsLittleEndian ? word : Reverse(word));
        }

        ulong rest = 0;
        foreach (char unit in text[(words.Length * 4)..])
        {
            rest = (rest << 16) | unit;
        }

        return OfInteger(Combine(hash, rest));
    }

    private static ulong Combine(ulong hash, ulong word)
    {
        hash = (hash ^ word) * 0x9E3779B97F4A7C15UL;
        return hash ^ (hash >> 29);
    }

    /// <summary>The four code units of a word as a little-endian machine would read them.</summary>
    private static ulong Reverse(ulong word) =>
        (word << 48) | ((word & 0xFFFF0000UL) << 16) | ((word >> 16) & 0xFFFF0000UL) | (word >> 48);

    /// <summary>The hash of keys of a type for which <see cref="IsInteger"/>.</summary>
    public static uint OfIntegers<TKey>(TKey key)
        where TKey : notnull => Unsafe.SizeOf<TKey>() switch
        {
            1 => OfInteger(Unsafe.BitCast<TKey, byte>(key)),
            2 => OfInteger(Unsafe.BitCast<TKey, ushort>(key)),
            4 => OfInteger(Unsafe.BitCast<TKey, uint>(key)),
            _ => OfInteger(Unsafe.BitCast<TKey, ulong>(key)),
        };

    private static uint OfObject(object key) => key switch
    {
        string text => OfText(text),
        Guid guid => OfText(MemoryMarshal.Cast<byte, char>(guid.ToByteArray(bigEndian: true))),
        DateTimeOffset instant => OfInteger((ulong)instant.UtcTicks),
        TimeSpan span => OfInteger((ulong)span.Ticks),
        DateOnly date => OfInteger((uint)date.DayNumber),
        TimeOnly time => OfInteger((ulong)time.Ticks),
        ITuple tuple => OfTuple(tuple),
        ulong number => OfInteger(number),
        Enum or IConvertible => OfInteger((ulong)((IConvertible)key).ToInt64(provider: null)),
        _ => throw new NotSupportedException($"Keys of type {key.GetType()} have no stable hash."),
    };

    private static uint OfTuple(ITuple tuple)
    {
        ulong hash = (ulong)tuple.Length;
        for (int i = 0; i < tuple.Length; i++)
        {
            hash = Combine(hash, tuple[i] is { } part ? OfObject(part) : 0);
        }

        return OfInteger(hash);
    }

    public static bool IsInteger(Type type) => type.IsEnum || Type.GetTypeCode(type) is >= TypeCode.Boolean and <= TypeCode.UInt64;

    private static bool IsSupported(Type type) =>
        IsInteger(type)
        || type == typeof(string)
        || type == typeof(Guid)
        || type == typeof(DateTimeOffset)
        || type == typeof(TimeSpan)
        || type == typeof(DateOnly)
        || type == typeof(TimeOnly)
        || (type.IsValueType && typeof(ITuple).IsAssignableFrom(type) && Array.TrueForAll(type.GenericTypeArguments, IsSupported));
}
