namespace IoTStream.Formats;

/// <summary>Resolves the base values of a pack, record by record (RFC 8428, sections 4.1 to 4.6).</summary>
internal sealed class SenMlResolver(TimeProvider clock)
{
    /// <summary>The version of RFC 8428.</summary>
    private const int Version = 10;

    /// <summary>Times below this many seconds count from now (section 4.5.3).</summary>
    private const decimal LeastAbsoluteTime = 1 << 28;

    /// <summary>More seconds than there are between any two moments, and few enough to be added up.</summary>
    private const decimal MostSeconds = 1e15m;

    private readonly List<SenMlRecord> _records = [];
    private readonly decimal _now = UnixSeconds.From(clock.GetUtcNow());
    private string _baseName = "";
    private decimal _baseTime;
    private string? _baseUnit;
    private double? _baseValue;
    private double? _baseSum;
    private int? _version;

    public IReadOnlyList<SenMlRecord> Records => _records;

    /// <exception cref="SenMlException">A record breaks a rule.</exception>
    public static IReadOnlyList<SenMlRecord> Checked(IReadOnlyList<SenMlRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count == 0)
        {
            throw new SenMlException("A SenML pack has one record at least.");
        }

        foreach (SenMlRecord record in records)
        {
            Check(record);
            if (UnixSeconds.From(record.Time) < LeastAbsoluteTime)
            {
                throw new SenMlException($"SenML record '{record.Name}': {record.Time:O} would be taken for a time that counts from now, as all before July 1978 are.");
            }
        }

        return records;
    }

    /// <summary>Takes the next record.</summary>
    /// <exception cref="SenMlException">It breaks a rule.</exception>
    public void Add(in SenMlFields fields)
    {
        SetBase(fields);
        if (fields.IsBaseOnly)
        {
            return;
        }

        bool hasOther = fields.Text is not null || fields.Flag is not null || fields.Data is not null;
        var record = new SenMlRecord
        {
            Name = _baseName + fields.Name,
            Time = TimeOf(_baseTime + Within(fields.Time ?? 0)),
            Unit = fields.Unit ?? _baseUnit,
            Value = fields.Value is null && (hasOther || _baseValue is null) ? null : (fields.Value ?? 0) + (_baseValue ?? 0),
            Text = fields.Text,
            Flag = fields.Flag,
            Data = fields.Data is { } data ? new ReadOnlyMemory<byte>(data) : (ReadOnlyMemory<byte>?)null,
            Sum = fields.Sum is null && _baseSum is null ? null : (fields.Sum ?? 0) + (_baseSum ?? 0),
            UpdateTime = fields.UpdateTime is { } update ? SpanOf(update) : null,
        };
        Check(record);
        _records.Add(record);
    }

    /// <summary>What a record says that this library does not know.</summary>
    /// <exception cref="SenMlException">It demands to be understood.</exception>
    public static void PassOver(string label)
    {
        if (label.EndsWith('_'))
        {
            throw new SenMlException($"A SenML record has the field '{label}', which it demands to be understood, and this library does not.");
        }
    }

    private static void Check(SenMlRecord record)
    {
        if (!IsName(record.Name))
        {
            throw new SenMlException(
                record.Name.Length == 0 ? "A SenML record has no name." : $"'{record.Name}' is no name of a SenML record: it is made of letters, digits and - : . / _ and begins with a letter or a digit.");
        }

        int values = (record.Value is null ? 0 : 1) + (record.Text is null ? 0 : 1) + (record.Flag is null ? 0 : 1) + (record.Data is null ? 0 : 1);
        if (values > 1)
        {
            throw new SenMlException($"SenML record '{record.Name}' has {values} values.");
        }

        if (values == 0 && record.Sum is null)
        {
            throw new SenMlException($"SenML record '{record.Name}' has neither a value nor a sum.");
        }

        if (record.Value is { } value && !double.IsFinite(value))
        {
            throw new SenMlException($"The value of SenML record '{record.Name}' is no finite number.");
        }

        if (record.Sum is { } sum && !double.IsFinite(sum))
        {
            throw new SenMlException($"The sum of SenML record '{record.Name}' is no finite number.");
        }
    }

    private static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(static character => char.IsAsciiLetterOrDigit(character) || "-:./_".Contains(character, StringComparison.Ordinal));

    private static TimeSpan SpanOf(decimal seconds) => Math.Abs(seconds) < (decimal)TimeSpan.MaxValue.TotalSeconds
        ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))
        : throw BeyondAllTime();

    private static decimal Within(decimal seconds) => Math.Abs(seconds) < MostSeconds ? seconds : throw BeyondAllTime();

    private static SenMlException BeyondAllTime() => new("A time of a SenML record is beyond all time.");

    private void SetBase(in SenMlFields fields)
    {
        if (fields.BaseVersion is { } version)
        {
            if (version is < 1 or > Version)
            {
                throw new SenMlException($"The SenML pack has version {version}, and this library reads up to {Version}.");
            }

            if (_version is { } before && before != version)
            {
                throw new SenMlException("The records of the SenML pack have different versions.");
            }

            _version = version;
        }

        _baseName = fields.BaseName ?? _baseName;
        _baseTime = Within(fields.BaseTime ?? _baseTime);
        _baseUnit = fields.BaseUnit ?? _baseUnit;
        _baseValue = fields.BaseValue ?? _baseValue;
        _baseSum = fields.BaseSum ?? _baseSum;
    }

    private DateTimeOffset TimeOf(decimal seconds) => UnixSeconds.TryToTime(seconds < LeastAbsoluteTime ? _now + seconds : seconds, out DateTimeOffset time)
        ? time
        : throw new SenMlException($"A time of {seconds} seconds is beyond the years 1 to 9999.");
}
