using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Merges the signals of several inputs into one. The watermark is the least over the inputs that are neither idle nor at their end; if
/// all that remain are idle, it is the greatest any of them had, for then there is nothing to wait for. An input that ends without having
/// reached the end of time was stopped: its watermark stands still and holds back the others, so that a stop completes no window.
/// </summary>
internal sealed class InputMerger
{
    private readonly long[] _watermarks;
    private readonly bool[] _idle;
    private readonly bool[] _ended;
    private int _open;
    private long _announcedWatermark = Time.Watermark.None;
    private bool _announcedIdle;

    public InputMerger(int inputs)
    {
        _watermarks = new long[inputs];
        Array.Fill(_watermarks, Time.Watermark.None);
        _idle = new bool[inputs];
        _ended = new bool[inputs];
        _open = inputs;
    }

    /// <summary>The merged watermark, which only grows.</summary>
    public long Watermark { get; private set; } = Time.Watermark.None;

    /// <summary>Whether all inputs that have not ended are idle.</summary>
    public bool IsIdle { get; private set; }

    public bool HasEnded => _open == 0;

    /// <summary>How far an input itself has got, idle or not.</summary>
    public long WatermarkOf(int input) => _watermarks[input];

    public void OnWatermark(int input, long watermark)
    {
        _watermarks[input] = Math.Max(_watermarks[input], watermark);
        Merge();
    }

    public void OnIdle(int input, bool idle)
    {
        _idle[input] = idle;
        Merge();
    }

    public void OnEnd(int input)
    {
        if (!_ended[input])
        {
            _ended[input] = true;
            _open--;
            Merge();
        }
    }

    /// <summary>Tells the operator behind the inputs what has changed since the last time.</summary>
    public void AnnounceTo<T>(Operator<T> target)
    {
        if (Watermark > _announcedWatermark)
        {
            _announcedWatermark = Watermark;
            target.OnWatermark(Watermark);
        }

        if (IsIdle != _announcedIdle)
        {
            _announcedIdle = IsIdle;
            target.OnIdle(IsIdle);
        }

        if (HasEnded)
        {
            target.OnEnd();
        }
    }

    private void Merge()
    {
        long least = long.MaxValue;
        long greatest = long.MinValue;
        bool anyActive = false;
        bool anyCounts = false;
        bool allAtEnd = true;
        for (int i = 0; i < _watermarks.Length; i++)
        {
            bool atEnd = _watermarks[i] == Time.Watermark.End;
            allAtEnd &= atEnd;
            if (!_ended[i])
            {
                greatest = Math.Max(greatest, _watermarks[i]);
                anyActive |= !_idle[i];
            }

            // An input that was stopped before the end of its time goes no further, and neither does what follows from all inputs.
            if (!_idle[i] && !(_ended[i] && atEnd))
            {
                anyCounts = true;
                least = Math.Min(least, _watermarks[i]);
            }
        }

        IsIdle = !anyActive && _open > 0;
        long merged = anyCounts ? least : _open > 0 ? greatest : Time.Watermark.None;

        // The end of time has come only when it has come for every input, those that have ended included.
        if (allAtEnd)
        {
            merged = Time.Watermark.End;
        }
        else if (merged == Time.Watermark.End)
        {
            return;
        }

        Watermark = Math.Max(Watermark, merged);
    }
}
