using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// The keys of a batch's records, read in a loop of their own before anything is done with the records: two short loops stay in registers
/// where a long one does not.
/// </summary>
internal sealed class KeyColumn<T, TKey>(KeySelector<T, TKey> selector, int capacity)
    where TKey : notnull
{
    private readonly TKey[] _keys = new TKey[capacity];

    /// <summary>The records before this have been read.</summary>
    private int _end;

    /// <summary>Why the record after those has no key.</summary>
    private ExceptionDispatchInfo? _failure;

    /// <summary>A new batch begins.</summary>
    public void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TKey>())
        {
            _keys.AsSpan(0, _end).Clear();
        }

        _end = 0;
        _failure = null;
    }

    /// <summary>
    /// The keys of a record and of those after it, up to one that has none. Records are asked for in order.
    /// </summary>
    /// <exception cref="Exception">What the selector threw for this record.</exception>
    public ReadOnlySpan<TKey> From(scoped in Batch<T> batch, int index)
    {
        if (index >= _end)
        {
            Read(in batch, index);
        }

        return _keys.AsSpan(index, _end - index);
    }

    private void Read(scoped in Batch<T> batch, int index)
    {
        if (index == _end)
        {
            _failure?.Throw();
        }

        _failure = null;
        _end = index;
        try
        {
            if (selector.Plain is { } plain)
            {
                ReadPlain(
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(batch.Values), batch.Count),
                    ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_keys), batch.Count),
                    index - batch.Count,
                    plain);
                _end = batch.Count;
            }
            else
            {
                for (; _end < batch.Count; _end++)
                {
                    _keys[_end] = KeySelectors.NotNull(selector.Invoke(batch.Values[_end], in batch, _end));
                }
            }
        }
        catch (Exception exception)
        {
            _end = selector.Plain is null ? _end : _end + batch.Count;
            if (_end == index)
            {
                throw;
            }

            _failure = ExceptionDispatchInfo.Capture(exception);
        }
    }

    /// <summary>The loop, with nothing else in it. While it runs the end counts from that of the batch, for whoever catches an exception.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadPlain(ref T values, ref TKey keys, int start, Func<T, TKey> selector)
    {
        for (nint i = start; i < 0; i++)
        {
            _end = (int)i;
            Unsafe.Add(ref keys, i) = KeySelectors.NotNull(selector(Unsafe.Add(ref values, i)));
        }
    }
}
