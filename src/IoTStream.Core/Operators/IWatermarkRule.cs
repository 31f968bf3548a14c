using System.Runtime.CompilerServices;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Which watermark a record allows for those that follow it in its partition: a type argument, so that it costs no call.</summary>
internal interface IWatermarkRule<in T>
{
    /// <summary>The watermark that a record allows; <see cref="Watermark.None"/> if it says nothing. May throw what the user's function throws.</summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="index">Its place in the batch.</param>
    long Read(T value, long timestamp, int index);

    /// <summary>What <see cref="Read"/> has given for a record of the same batch.</summary>
    long Again(long timestamp, int index);
}

/// <summary>Watermarks follow timestamps at a fixed distance.</summary>
internal readonly struct TimestampRule<T>(long bound) : IWatermarkRule<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Read(T value, long timestamp, int index) => timestamp - bound - 1;

    public long Again(long timestamp, int index) => timestamp - bound - 1;
}

/// <summary>Watermarks are announced by records.</summary>
internal readonly struct AnnouncedRule<T>(Func<T, DateTimeOffset?> announced, int batchSize) : IWatermarkRule<T>
{
    private readonly long[] _read = new long[batchSize];

    public long Read(T value, long timestamp, int index) => _read[index] = announced(value)?.UtcTicks ?? Watermark.None;

    public long Again(long timestamp, int index) => _read[index];
}
