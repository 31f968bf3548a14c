using System.Runtime.InteropServices;

namespace SmartCity.Accounting;

/// <summary>What has been sent, and what has to become of it. Written by one thread at a time.</summary>
internal sealed class Ledger(int sensors, TimeSpan window)
{
    private readonly long[] _published = new long[sensors];
    private readonly long _window = window.Ticks;
    private readonly Dictionary<WindowKey, WindowCount> _windows = [];
    private long _total;

    public int Sensors => sensors;

    public long Total => Volatile.Read(ref _total);

    public long DeadLetters { get; private set; }

    public long Late { get; private set; }

    /// <summary>What each window of each road has to consist of.</summary>
    public IReadOnlyDictionary<WindowKey, WindowCount> Windows => _windows;

    /// <summary>When, in Unix milliseconds, everything up to it has been sent; the windows that end by then are complete.</summary>
    public long CompleteTo { get; set; } = long.MaxValue;

    /// <summary>Numbers a message.</summary>
    /// <returns>Its number among those of its sensor.</returns>
    public long Published(int sensor)
    {
        Volatile.Write(ref _total, _total + 1);
        long sequence = _published[sensor];
        Volatile.Write(ref _published[sensor], sequence + 1);
        return sequence;
    }

    /// <summary>Whether there is a message of this number. Can be asked by any thread.</summary>
    public bool Knows(int sensor, long sequence) =>
        (uint)sensor < (uint)_published.Length && sequence >= 0 && sequence < Volatile.Read(ref _published[sensor]);

    public void ExpectDeadLetter() => DeadLetters++;

    public void ExpectLate() => Late++;

    /// <summary>A message that has to be found in the window of its time.</summary>
    public void Expect(string road, long unixMilliseconds, int vehicles)
    {
        ref WindowCount count = ref CollectionsMarshal.GetValueRefOrAddDefault(_windows, new WindowKey(road, WindowStart(unixMilliseconds)), out _);
        count = new WindowCount(count.Readings + 1, count.Vehicles + vehicles);
    }

    /// <summary>The end, in Unix milliseconds, of the window that a time falls into.</summary>
    public long WindowEnd(long unixMilliseconds) => (WindowStart(unixMilliseconds) + window).ToUnixTimeMilliseconds();

    /// <summary>The start of the window that a time falls into; windows are counted from the year 1.</summary>
    public DateTimeOffset WindowStart(long unixMilliseconds)
    {
        long ticks = DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).UtcTicks;
        return new DateTimeOffset(ticks - (ticks % _window), TimeSpan.Zero);
    }
}
