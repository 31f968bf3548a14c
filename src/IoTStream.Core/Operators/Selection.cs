using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// Which records of a batch are let through, a bit a record. Marking them first and moving them afterwards takes two loops, but each is so
/// short that it stays in registers, and neither has a branch that depends on the data.
/// </summary>
internal sealed class Selection<T>(int capacity)
{
    /// <summary>How many records a word has the bits of. One more is left to the mark that moves before the results: see <see cref="MarkWord"/>.</summary>
    public const int WordLength = 63;

    private readonly ulong[] _words = new ulong[(capacity + WordLength - 1) / WordLength];
    private int _used;
    private ulong _marked;

    /// <summary>How many records stay.</summary>
    public int Count { get; private set; }

    /// <summary>Marks the records that stay. Records on which the predicate throws do not, and are dealt with.</summary>
    public void Mark<TPredicate>(scoped in Batch<T> batch, TPredicate predicate, ErrorHandler errors)
        where TPredicate : struct, IFunction<T, bool>
    {
        Clear();
        for (int start = 0; start < batch.Count; start += WordLength)
        {
            MarkNext(in batch, start, predicate, errors);
        }
    }

    /// <summary>Begins a batch whose records are marked in pieces.</summary>
    public void Clear()
    {
        _used = 0;
        Count = 0;
    }

    /// <summary>Marks the next <see cref="WordLength"/> records of a batch, or what it has left of them.</summary>
    /// <returns>The bits of the records that stay, the first one's lowest.</returns>
    public ulong MarkNext<TPredicate>(scoped in Batch<T> batch, int start, TPredicate predicate, ErrorHandler errors)
        where TPredicate : struct, IFunction<T, bool>
    {
        int count = Math.Min(WordLength, batch.Count - start);
        int end = start + count;
        ulong marks = 1UL << count;
        while ((marks & 1) == 0)
        {
            int next = end - BitOperations.TrailingZeroCount(marks);
            try
            {
                marks = MarkWord(ref Unsafe.Add(ref MemoryMarshal.GetReference(batch.Values), next), marks, ref _marked, predicate, in batch, end);
            }
            catch (Exception exception)
            {
                int failed = end - BitOperations.TrailingZeroCount(_marked);
                errors.Handle(exception, batch.Values[failed], batch.Context(failed));
                marks = _marked >> 1;
            }
        }

        ulong kept = marks >> (WordLength + 1 - count);
        Count += BitOperations.PopCount(kept);
        _words[_used++] = kept;
        return kept;
    }

    /// <summary>Takes a record out that was to stay, because it failed further on.</summary>
    public void Remove(int index)
    {
        _words[index / WordLength] &= ~(1UL << (index % WordLength));
        Count--;
    }

    /// <summary>Moves what a column has for the records that stay together.</summary>
    public void Gather<TValue>(ReadOnlySpan<TValue> column, Span<TValue> target)
    {
        int next = 0;
        for (int word = 0; word < _used; word++)
        {
            ReadOnlySpan<TValue> values = column[(word * WordLength)..];
            for (ulong kept = _words[word]; kept != 0; kept &= kept - 1)
            {
                target[next++] = values[BitOperations.TrailingZeroCount(kept)];
            }
        }
    }

    /// <summary>The timestamps of the records that stay, moved together into a buffer unless they are all the same.</summary>
    public ReadOnlySpan<long> Timestamps(scoped in Batch<T> batch, long[] buffer)
    {
        if (batch.HasOneTimestamp)
        {
            return batch.Timestamps[..Count];
        }

        Gather(batch.Timestamps, buffer);
        return buffer.AsSpan(0, Count);
    }

    /// <summary>The origins of the records that stay, moved together into a buffer unless they are all the same.</summary>
    public OriginColumn Origins(scoped in Batch<T> batch, ref RecordOrigin[] origins)
    {
        if (batch.Origins.Uniform is { } uniform)
        {
            return new OriginColumn(uniform);
        }

        if (origins.Length < Count)
        {
            origins = new RecordOrigin[capacity];
        }

        Gather(batch.Origins.Column, origins);
        return new OriginColumn(origins.AsSpan(0, Count));
    }

    /// <summary>
    /// The loop, with nothing else in it. Results come in from above and move down; what was the lowest bit that is set at first goes before
    /// them, tells how many records are left, and ends the loop when it arrives. So few values change that they stay in registers over the
    /// call that the predicate may be. If that throws, what was written last tells which record it was, and the results before it.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong MarkWord<TPredicate>(ref T record, ulong marks, ref ulong marked, TPredicate predicate, scoped in Batch<T> batch, int end)
        where TPredicate : struct, IFunction<T, bool>
    {
        do
        {
            marked = marks;

            // A bool is a byte that should be 0 or 1; no other value of it leads to more than the one bit either.
            ulong stays = Unsafe.BitCast<bool, byte>(predicate.Invoke(record, in batch, end - BitOperations.TrailingZeroCount(marks)));
            marks = (marks >> 1) | (stays << WordLength);
            record = ref Unsafe.Add(ref record, 1);
        }
        while ((marks & 1) == 0);

        return marks;
    }
}
