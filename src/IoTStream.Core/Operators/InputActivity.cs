using System.Runtime.InteropServices;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// When a step that assigns event time last had a record, and how far its records allow event time to go, over all of its lanes: each
/// writes its own place, all read them all. What is read is a moment out of date at worst.
/// </summary>
internal sealed class InputActivity
{
    private readonly Place[] _places;
    private readonly IReadOnlyList<SourceHold> _sources;

    /// <param name="lanes">How many lanes the job has.</param>
    /// <param name="sources">The sources that the step's records come from, on all lanes.</param>
    public InputActivity(int lanes, IReadOnlyList<SourceHold> sources)
    {
        _sources = sources;
        _places = new Place[lanes];
        Array.Fill(_places, new Place { LastRecord = -Ticks.Forever, Furthest = Watermark.None });
    }

    /// <summary>The last time at which a record came on any lane, as a timestamp of the job's clock.</summary>
    public long LastRecord
    {
        get
        {
            long last = -Ticks.Forever;
            for (int lane = 0; lane < _places.Length; lane++)
            {
                last = Math.Max(last, Volatile.Read(ref _places[lane].LastRecord));
            }

            return last;
        }
    }

    /// <summary>The watermark that the partition which is furthest allows.</summary>
    public long Furthest
    {
        get
        {
            long furthest = Watermark.None;
            for (int lane = 0; lane < _places.Length; lane++)
            {
                furthest = Math.Max(furthest, Volatile.Read(ref _places[lane].Furthest));
            }

            return furthest;
        }
    }

    /// <summary>Whether silence means nothing, because a source is not read on some lane at present.</summary>
    public bool IsHeldBack => SourceHold.Any(_sources);

    /// <summary>A record has come, or might have come had the lane been able to take it.</summary>
    public void Touch(int lane, long now) => Volatile.Write(ref _places[lane].LastRecord, now);

    public void Reach(int lane, long watermark) => Volatile.Write(ref _places[lane].Furthest, watermark);

    /// <summary>A lane's place, on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Place
    {
        [FieldOffset(128)]
        public long LastRecord;

        [FieldOffset(136)]
        public long Furthest;
    }
}
