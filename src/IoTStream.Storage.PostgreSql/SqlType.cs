using System.Numerics;

namespace IoTStream.Storage.PostgreSql;

/// <summary>The types that columns get where the sink creates the table.</summary>
internal static class SqlType
{
    public static string Of<TValue>() => default(TValue) switch
    {
        bool => CopyType.NameOf(CopyType.Bool),
        byte or sbyte or short => CopyType.NameOf(CopyType.Int2),
        ushort or int => CopyType.NameOf(CopyType.Int4),
        uint or long => CopyType.NameOf(CopyType.Int8),
        Half or float => CopyType.NameOf(CopyType.Float4),
        double => CopyType.NameOf(CopyType.Float8),
        ulong or Int128 or UInt128 or BigInteger or decimal => CopyType.NameOf(CopyType.Numeric),
        Guid => CopyType.NameOf(CopyType.Uuid),
        DateTimeOffset => CopyType.NameOf(CopyType.TimestampTz),
        DateTime => CopyType.NameOf(CopyType.Timestamp),
        DateOnly => CopyType.NameOf(CopyType.Date),
        TimeOnly => CopyType.NameOf(CopyType.Time),
        null when typeof(TValue) == typeof(byte[]) => CopyType.NameOf(CopyType.Bytea),
        _ => CopyType.NameOf(CopyType.Text),
    };
}
