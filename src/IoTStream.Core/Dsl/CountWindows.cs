using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>
/// Windows of a number of records of a key, in the order in which they arrive; timestamps do not matter. A result's window reaches from the
/// earliest timestamp of its records to the latest, which is the result's own timestamp too.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. The windows of a key that are not full are kept for as long as the job runs: there is nothing that would complete
/// them but more records.
/// </remarks>
public sealed record CountWindows : WindowSpec
{
    private CountWindows(int size, int slide)
    {
        Size = size;
        Slide = slide;
    }

    /// <summary>How many records a window holds.</summary>
    public int Size { get; }

    /// <summary>How many records after a window the next one starts; the size, if they do not overlap.</summary>
    public int Slide { get; }

    /// <summary>Whether windows that are not full when the input ends give no result; by default they give what they have.</summary>
    public bool IsOnlyComplete { get; private init; }

    internal override bool GoesByEventTime => false;

    /// <summary>Windows that follow each other.</summary>
    /// <param name="size">How many records a window holds, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is less than 1.</exception>
    public static CountWindows Of(int size) => Of(size, every: size);

    /// <summary>
    /// Windows that overlap: the first result comes when there are as many records as a window holds, and then one every so many records. Each
    /// record is taken into all of the windows that hold it.
    /// </summary>
    /// <param name="size">How many records a window holds, at least 1.</param>
    /// <param name="every">How many records after a window the next one starts; at least 1 and no more than the size.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static CountWindows Of(int size, int every)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(every, size);
        return new CountWindows(size, every);
    }

    /// <summary>Has windows that are not full when the input ends give nothing. Records that no result has shown are counted as dropped.</summary>
    public CountWindows OnlyComplete() => this with { IsOnlyComplete = true };

    /// <inheritdoc/>
    public override string ToString() =>
        (Size == Slide ? $"every {Size} records" : $"{Size} records, every {Slide}") + (IsOnlyComplete ? ", only complete ones" : "");

    internal override WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness)
    {
        if (lateness != AllowedLateness.None)
        {
            throw new ArgumentException("Records of count windows are never late: leave the allowed lateness out.", nameof(lateness));
        }

        var settings = new CountWindowSettings(Size, Slide, IsOnlyComplete);
        return (key, late, next, counters, errors, context) =>
            aggregation.Accept(new CountWindowChoice<TKey, T, TResult>(key, settings, late, next, counters, errors, context));
    }
}
