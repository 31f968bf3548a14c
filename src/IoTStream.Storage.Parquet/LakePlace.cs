namespace IoTStream.Storage.Parquet;

/// <summary>Where the tables of a lake are kept: in a folder of this machine, or in S3-compatible object storage. A text is the path of a folder.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class LakePlace
{
    private readonly Func<string, ILakeTable> _table;

    private LakePlace(Func<string, ILakeTable> table) => _table = table;

    /// <summary>Takes a text for the path of a folder, as <see cref="Folder"/> does.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static implicit operator LakePlace(string path) => Folder(path);

    /// <summary>A folder of this machine.</summary>
    /// <param name="path">Its path; it is created when it is written to and is not there.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static LakePlace Folder(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new LakePlace(table => new FolderTable(new TablePath(path, table)));
    }

    /// <summary>Object storage with the interface of Amazon S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/).</summary>
    /// <param name="options">The bucket, which has to be there, and how it is reached.</param>
    /// <exception cref="ArgumentException">The options have only a part of a key.</exception>
    public static LakePlace S3(S3Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.HasWholeKey
            ? new LakePlace(table => new S3Table(options, new S3Keys(options.Prefix, table)))
            : throw new ArgumentException("S3Options.AccessKey and SecretKey go together, and SessionToken goes with both.", nameof(options));
    }

    /// <exception cref="ArgumentException">It cannot be the name of a table.</exception>
    internal ILakeTable Table(string name)
    {
        FolderName.CheckTable(name);
        return _table(name);
    }
}
