using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// Which records of a batch a predicate lets through. Marking them first and moving them afterwards takes two loops, but each is so short
/// that it stays in registers, and neither has a branch that depends on the data.
/// </summary>
internal sealed class Selection<T>(int capacity)
{
    // Before the places stands how many there are; one more follows them, for a place is written before it is known whether its record stays.
    private readonly int[] _marks = new int[capacity + 2];

    /// <summary>The records that stay, in order, each by its place before the end of the batch: the last one is -1.</summary>
    public ReadOnlySpan<int> FromEnd => _marks.AsSpan(1, _marks[0]);

    /// <summary>Marks the records that stay. Records on which the predicate throws do not, and are dealt with.</summary>
    public void Mark<TPredicate>(scoped in Batch<T> batch, TPredicate predicate, ErrorHandler errors)
        where TPredicate : struct, IFunction<T, bool>
    {
        _marks[0] = 0;
        int next = 0;
        while (next < batch.Count)
        {
            try
            {
                MarkFrom(
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(batch.Values), batch.Count),
                    ref MemoryMarshal.GetArrayDataReference(_marks),
                    next - batch.Count,
                    predicate,
                    in batch);
                next = batch.Count;
            }
            catch (Exception exception)
            {
                int failed = _marks[_marks[0] + 1] + batch.Count;
                errors.Handle(exception, batch.Values[failed], batch.Context(failed));
                next = failed + 1;
            }
        }
    }

    /// <summary>The timestamps of the records that stay, moved together into a buffer unless they are all the same.</summary>
    public ReadOnlySpan<long> Timestamps(scoped in Batch<T> batch, long[] buffer)
    {
        ReadOnlySpan<int> places = FromEnd;
        if (batch.HasOneTimestamp)
        {
            return batch.Timestamps[..places.Length];
        }

        ref long end = ref Unsafe.Add(ref MemoryMarshal.GetReference(batch.Timestamps), batch.Count);
        for (int i = 0; i < places.Length && i < buffer.Length; i++)
        {
            buffer[i] = Unsafe.Add(ref end, places[i]);
        }

        return buffer.AsSpan(0, places.Length);
    }

    /// <summary>The origins of the records that stay, moved together into a buffer unless they are all the same.</summary>
    public OriginColumn Origins(scoped in Batch<T> batch, ref RecordOrigin[] origins)
    {
        ReadOnlySpan<int> places = FromEnd;
        if (batch.Origins.Uniform is { } uniform)
        {
            return new OriginColumn(uniform);
        }

        if (origins.Length < places.Length)
        {
            origins = new RecordOrigin[_marks.Length];
        }

        for (int i = 0; i < places.Length; i++)
        {
            origins[i] = batch.Origins[places[i] + batch.Count];
        }

        return new OriginColumn(origins.AsSpan(0, places.Length));
    }

    /// <summary>
    /// The loop, with nothing else in it. Counting up to zero from the end of the records, it needs so few values that those which change stay
    /// in registers over the call that the predicate may be. If that throws, the place of the record is what was written last.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MarkFrom<TPredicate>(ref T end, ref int marks, int start, TPredicate predicate, scoped in Batch<T> batch)
        where TPredicate : struct, IFunction<T, bool>
    {
        nint marked = marks;
        for (nint i = start; i < 0; i++)
        {
            Unsafe.Add(ref marks, marked + 1) = (int)i;

            // A bool is a byte that should be 0 or 1: taken as a number it costs one instruction, and no value of it leads out of the array.
            marked += Unsafe.BitCast<bool, byte>(predicate.Invoke(Unsafe.Add(ref end, i), in batch, (int)i)) & 1;
            marks = (int)marked;
        }
    }
}
