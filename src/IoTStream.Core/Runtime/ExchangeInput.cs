using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Runtime;

/// <summary>
/// The receiving end of an exchange on one lane: takes slots from the sending lanes in turn, merges their signals and aligns their barriers.
/// What waits behind a barrier stays in its ring, and holds its sender back once that is full.
/// </summary>
internal sealed class ExchangeInput<T> : LaneTask
{
    private readonly string _step;
    private readonly Ring<T>[] _rings;
    private readonly int[] _read;
    private readonly Operator<T> _target;
    private readonly InputMerger _merger;
    private readonly BarrierMerger _barriers;
    private readonly int _batchSize;
    private int _next;

    /// <param name="step">The name of the step after the exchange.</param>
    /// <param name="rings">A ring from each sending lane.</param>
    /// <param name="target">The first operator after the exchange.</param>
    /// <param name="batchSize">The most records that may be pushed at once.</param>
    public ExchangeInput(string step, Ring<T>[] rings, Operator<T> target, int batchSize)
    {
        _step = step;
        _rings = rings;
        _read = new int[rings.Length];
        _target = target;
        _merger = new InputMerger(rings.Length);
        _barriers = new BarrierMerger(rings.Length);
        _batchSize = batchSize;
    }

    public override bool IsDone => _merger.HasEnded;

    public override string Waiting => _barriers.IsAligning
        ? $"'{_step}' waits for the barrier of epoch {_barriers.Epoch} from other lanes"
        : Array.Exists(_rings, static ring => ring.HasPublished)
        ? $"'{_step}' has batches from other lanes for which it or what follows has no room"
        : $"'{_step}' waits for other lanes";

    public override bool Step()
    {
        for (int i = 0; i < _rings.Length; i++)
        {
            int input = (_next + i) % _rings.Length;
            if (_rings[input].HasPublished && !_barriers.Holds(input))
            {
                if (!_target.IsReady)
                {
                    return false;
                }

                Receive(input);
                _next = (input + 1) % _rings.Length;
                return true;
            }
        }

        return false;
    }

    private void Receive(int input)
    {
        Slot<T> slot = _rings[input].First;
        int count = Math.Min(slot.Records.Count - _read[input], _batchSize);
        if (count > 0)
        {
            _target.OnBatch(slot.Records.AsBatch(_read[input], count));
            _read[input] += count;
        }

        if (_read[input] < slot.Records.Count)
        {
            return;
        }

        if (slot.HasSignal)
        {
            Merge(input, slot);
        }

        if (slot.Barrier != 0)
        {
            _barriers.OnBarrier(input, slot.Barrier);
        }

        PassOnBarrierIfAligned();
        _read[input] = 0;
        _rings[input].Release();
    }

    private void Merge(int input, Slot<T> slot)
    {
        if (slot.Watermark != Watermark.None)
        {
            _merger.OnWatermark(input, slot.Watermark);
        }

        if (slot.Idle is { } idle)
        {
            _merger.OnIdle(input, idle);
        }

        if (slot.End)
        {
            _merger.OnEnd(input);
            _barriers.OnEnd(input);
        }

        _merger.AnnounceTo(_target);
    }

    private void PassOnBarrierIfAligned()
    {
        if (_barriers.IsAligned)
        {
            _target.OnBarrier(_barriers.Epoch);
            _barriers.Release();
        }
    }
}
