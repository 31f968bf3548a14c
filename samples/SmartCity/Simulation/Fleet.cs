using SmartCity.Accounting;

namespace SmartCity.Simulation;

/// <summary>
/// The sensors of the city. They report as the timetable says, a share of them badly, and write down in the ledger what has to become of
/// each message. How far their time has got follows from what they have published, not from the wall clock: when they are held back, it
/// slows down, and nothing is left out.
/// </summary>
internal sealed class Fleet(FleetPlan plan, Uplinks uplinks, Ledger ledger, TimeProvider clock)
{
    private readonly Timetable _timetable = plan.Timetable;
    private readonly Payload _payload = new();
    private readonly Queue<(Task PassedOn, long LatestTime)> _underWay = new();
    private long _latestTime = long.MinValue;
    private long _certainTime = long.MinValue;

    /// <summary>When the first message was sent, by the clock's timestamps.</summary>
    public long StartedAt { get; private set; }

    /// <summary>Reports until asked to stop, and completes when the broker has passed everything on.</summary>
    /// <param name="stopping">Asks to stop after a whole slice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        var pace = new Pace(_timetable.SliceTime, clock);
        StartedAt = clock.GetTimestamp();
        long slice = 0;
        try
        {
            for (; !stopping.IsCancellationRequested; slice++)
            {
                await pace.NextAsync(stopping);
                await WaitForAsync(_timetable.SlicesUnderWay - 1, cancellationToken);
                await PublishAsync(slice, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Asked to stop while it waited for the next slice.
        }

        ledger.CompleteTo = _timetable.StartOf(slice) - (long)_timetable.Interval.TotalMilliseconds;
        await WaitForAsync(0, cancellationToken);
    }

    /// <summary>Waits until at most so many slices have not been passed on.</summary>
    private async ValueTask WaitForAsync(int underWay, CancellationToken cancellationToken)
    {
        while (_underWay.Count > underWay)
        {
            (Task passedOn, long latestTime) = _underWay.Dequeue();
            await passedOn.WaitAsync(cancellationToken);
            _certainTime = latestTime;
        }
    }

    private async ValueTask PublishAsync(long slice, CancellationToken cancellationToken)
    {
        (int first, int end) = _timetable.SensorsOf(slice);
        long round = _timetable.RoundOf(slice);
        var acknowledged = new List<Task>(uplinks.Acknowledges ? end - first : uplinks.Count);
        for (int index = first; index < end; index++)
        {
            // Sensors are dealt out to the connections in turn, so the last ones of a slice are on different ones.
            bool isLast = index >= end - uplinks.Count;
            List<Task>? awaited = isLast || uplinks.Acknowledges ? acknowledged : null;
            Sensor sensor = plan.Sensors[index];
            Fate fate = Chance.FateOf(index, round);
            if (sensor.HeldBack is { } heldRound)
            {
                sensor.HeldBack = null;
                await SendAsync(sensor, sensor.Measure(_timetable.TimeOf(index, heldRound)), Fate.HeldBack, uplinks.Acknowledges ? acknowledged : null, cancellationToken);
            }

            if (fate == Fate.HeldBack && !isLast)
            {
                sensor.HeldBack = round;
                continue;
            }

            await SendAsync(sensor, sensor.Measure(_timetable.TimeOf(index, round)), fate, awaited, cancellationToken);
        }

        _underWay.Enqueue((Task.WhenAll(acknowledged), _latestTime));
    }

    private async ValueTask SendAsync(Sensor sensor, Measurement measured, Fate fate, List<Task>? acknowledged, CancellationToken cancellationToken)
    {
        if (fate == Fate.Late)
        {
            measured = OfClosedWindow(sensor, measured, ref fate);
        }

        long sequence = ledger.Published(sensor.Index);
        Expect(sensor, measured, fate);
        ReadOnlyMemory<byte> payload = _payload.Write(sensor, sequence, measured, fate, clock.GetTimestamp());
        for (int copies = plan.Copies(ledger.Total); copies > 0; copies--)
        {
            if (acknowledged is null)
            {
                await uplinks.PublishAsync(sensor, payload, cancellationToken);
            }
            else
            {
                acknowledged.Add(uplinks.PublishAcknowledgedAsync(sensor, payload, cancellationToken));
            }
        }
    }

    /// <summary>Writes down what has to become of a message.</summary>
    private void Expect(Sensor sensor, in Measurement measured, Fate fate)
    {
        switch (fate)
        {
            case Fate.Late:
                ledger.ExpectLate();
                break;
            case Fate.CutOff or Fate.Mistyped or Fate.Implausible:
                ledger.ExpectDeadLetter();
                break;
            default:
                _latestTime = Math.Max(_latestTime, measured.UnixMilliseconds);
                ledger.Expect(sensor.Road, measured.UnixMilliseconds, measured.Vehicles);
                break;
        }
    }

    /// <summary>
    /// A measurement from the window before the one that the watermark is certain to have reached: whatever the broker has passed on is
    /// before this message. As long as that is not known of any, the sensor has nothing in its buffer.
    /// </summary>
    private Measurement OfClosedWindow(Sensor sensor, in Measurement measured, ref Fate fate)
    {
        if (_certainTime == long.MinValue)
        {
            fate = Fate.None;
            return measured;
        }

        long watermark = _certainTime - (long)_timetable.OutOfOrderness.TotalMilliseconds;
        return sensor.Measure(ledger.WindowStart(watermark).ToUnixTimeMilliseconds() - 1);
    }
}
