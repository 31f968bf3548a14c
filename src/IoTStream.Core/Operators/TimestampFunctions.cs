using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Reads a record's event time from an instant in it.</summary>
internal readonly struct InstantSelector<T>(Func<T, DateTimeOffset> selector) : IFunction<T, long>
{
    public long Invoke(T value, scoped in Batch<T> batch, int index) => selector(value).UtcTicks;
}

/// <summary>Reads a record's event time from an instant in it or in its context.</summary>
internal readonly struct ContextInstantSelector<T>(Func<T, RecordContext, DateTimeOffset> selector) : IFunction<T, long>
{
    public long Invoke(T value, scoped in Batch<T> batch, int index) => selector(value, batch.Context(index)).UtcTicks;
}

/// <summary>Reads a record's event time from Unix milliseconds in it.</summary>
internal readonly struct UnixMillisecondsSelector<T>(Func<T, long> selector) : IFunction<T, long>
{
    public long Invoke(T value, scoped in Batch<T> batch, int index) => Ticks.FromUnixMilliseconds(selector(value));
}

/// <summary>Keeps the timestamp that the source gave.</summary>
internal readonly struct GivenTimestamp<T> : IFunction<T, long>
{
    public long Invoke(T value, scoped in Batch<T> batch, int index) => batch.Timestamps[index];
}
