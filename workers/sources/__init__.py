"""Sources wherever they are (file, S3, https): identified, brought here, held to what they were."""
