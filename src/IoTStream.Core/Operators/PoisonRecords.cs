using System.Globalization;

namespace IoTStream.Operators;

/// <summary>
/// The records on which steps have failed, with a restart of the job after each time: those that fail too often are put aside, so that they do not fail it for ever.
/// A record is known again by its step and by what its type makes of it as text. Thread-safe.
/// </summary>
/// <param name="maxTries">How many times a record may fail.</param>
internal sealed class PoisonRecords(int maxTries)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RecordName, Failures> _failed = [];
    private EpochTracker? _epochs;
    private CancellationToken _end;
    private bool _hasNew;

    /// <summary>The job goes on after an epoch, in another life: what failed before the epochs until then were cut has been got over.</summary>
    /// <param name="epochs">The epochs of that life.</param>
    /// <param name="end">Cancelled when that life ends before its sources do.</param>
    public void GoOn(EpochTracker epochs, CancellationToken end)
    {
        lock (_gate)
        {
            _epochs = epochs;
            _end = end;
            foreach ((RecordName name, Failures failures) in _failed)
            {
                if (failures.Epoch < epochs.Requested)
                {
                    _failed.Remove(name);
                }
            }
        }
    }

    /// <summary>A record has failed.</summary>
    /// <returns>Whether it has done so too often to be tried again.</returns>
    public bool IsTooMuch(string step, object? element, long timestamp, Exception exception)
    {
        var name = new RecordName(step, NameOf(element, timestamp));
        lock (_gate)
        {
            // Whoever is interrupted because the job ends says nothing of the record.
            if (exception is OperationCanceledException && _end.IsCancellationRequested)
            {
                return false;
            }

            // Nothing is to be remembered of records that have one try.
            if (maxTries == 1)
            {
                return true;
            }

            int tries = _failed.TryGetValue(name, out Failures found) ? found.Tries + 1 : 1;
            _failed[name] = new Failures(tries, _epochs?.Requested ?? 0);
            _hasNew |= tries == maxTries;
            return tries >= maxTries;
        }
    }

    /// <summary>Whether a record was put aside that never had been, since this was asked last: then the restarts until then were of use.</summary>
    public bool TakeNew()
    {
        lock (_gate)
        {
            bool hasNew = _hasNew;
            _hasNew = false;
            return hasNew;
        }
    }

    /// <remarks>
    /// The timestamp tells apart what the text does not; where there is a text it is left out, for if it is the time of reading it is another one each time.
    /// </remarks>
    private static string NameOf(object? element, long timestamp)
    {
        string type = element?.GetType().ToString() ?? "";
        string? text;
        try
        {
            text = element?.ToString();
        }
        catch (Exception)
        {
            text = null;
        }

        return text is null || string.Equals(text, type, StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"{type} at {timestamp}") : $"{type} {text}";
    }

    private readonly record struct RecordName(string Step, string Record);

    /// <param name="Tries">How many times it has failed.</param>
    /// <param name="Epoch">The newest epoch that had begun when it did so last.</param>
    private readonly record struct Failures(int Tries, long Epoch);
}
