namespace IoTStream.Storage.Parquet;

/// <summary>An object of a bucket.</summary>
internal readonly record struct S3Object(string Key, long Length);
